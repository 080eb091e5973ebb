"""The same objective as its users would write it in other libraries, each in its best forms."""
