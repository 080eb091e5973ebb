"""VGG weights from the files that people have, and the two networks that come with backpaint."""
