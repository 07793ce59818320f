"""What needs no daemon."""

from __future__ import annotations

from zinit._arguments import text_argument
from zinit._convert import encode
from zinit._errors import call
from zinit._library import ffi, lib
from zinit._values import Problem, State, read_problems, read_state


def parse_state(text: str) -> State:
    """Reads the text of a state, such as "Error(Exited(Pid(1), 3))". Upper and lower case are the same."""
    state = ffi.new("zinit_state **")
    call(lib.zinit_state_parse, text_argument(text, "text"), state)
    try:
        return read_state(state[0])
    finally:
        lib.zinit_state_free(state[0])


def check(yaml: str | bytes) -> tuple[Problem, ...]:
    """Finds what is wrong with the content of a service file, without a daemon.

    That is what the daemon would refuse, and what a person may not have meant, such as a misspelled key.
    There are no problems if nothing is wrong.
    """
    data = encode(yaml) if isinstance(yaml, str) else yaml
    problems = ffi.new("zinit_problem_list **")
    call(lib.zinit_check_yaml, data, len(data), problems)
    try:
        return read_problems(problems[0])
    finally:
        lib.zinit_problem_list_free(problems[0])
