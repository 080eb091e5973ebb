"""``backpaint completion``: TAB in a shell."""

import click

VARIABLE = "_BACKPAINT_COMPLETE"
FUNCTION = "_backpaint_completion"

BASH = r"""
# bash cuts words at "=": they are put together again, and what stands before it is not repeated
%(function)s() {
    local IFS=$'\n' joined=() glue="" word number current=0 cut="" type value
    for ((number = 0; number < ${#COMP_WORDS[@]}; number++)); do
        word=${COMP_WORDS[number]}
        if [[ ($word == "=" || -n $glue) && ${#joined[@]} -gt 0 ]]; then
            joined[${#joined[@]}-1]+=$word
        else
            joined+=("$word")
        fi
        glue=""
        [[ $word == "=" ]] && glue=yes
        ((number == COMP_CWORD)) && current=$((${#joined[@]} - 1))
    done
    [[ ${joined[current]} == *=* ]] && cut=${joined[current]%%=*}=
    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            file) compopt -o default ;;
            dir) compopt -o dirnames ;;
            plain) COMPREPLY+=("${value#"$cut"}") ;;
        esac
    done < <(COMP_WORDS="${joined[*]}" COMP_CWORD=$current %(variable)s=bash_complete "$1")
    [[ ${COMPREPLY[0]} == *[=.] ]] && compopt -o nospace
}
complete -o nosort -F %(function)s backpaint
"""


@click.command(short_help="Print what makes TAB complete in a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a script that makes SHELL complete commands, options, presets, keys and files.

    Once and for all:

    \b
    backpaint completion bash >> ~/.bashrc
    backpaint completion zsh >> ~/.zshrc
    backpaint completion fish > ~/.config/fish/completions/backpaint.fish

    In this shell alone:

    \b
    eval "$(backpaint completion bash)"
    """
    click.echo(script(shell), nl=False)


def script(shell: str) -> str:
    """Write a shell's script; zsh's and fish's are click's."""
    if shell == "bash":
        return BASH.lstrip() % {"function": FUNCTION, "variable": VARIABLE}
    from click.shell_completion import get_completion_class

    from . import cli

    kind = get_completion_class(shell)
    assert kind is not None  # click knows both
    return kind(cli, {}, "backpaint", VARIABLE).source() + "\n"
