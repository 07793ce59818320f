"""Reads zinit.h: each function, its parameters, and the codes that its comment names."""
import ctypes
import re
from ctypes import POINTER, byref, c_char_p, c_double, c_int32, c_int64, c_size_t, c_uint64, c_void_p

NUMBERS = {"int32_t": c_int32, "zinit_code": c_int32, "int64_t": c_int64, "uint64_t": c_uint64,
           "size_t": c_size_t, "double": c_double, "void": None}
OPTION_CODES = {"ZINIT_ERR_INVALID_ARGUMENT", "ZINIT_ERR_INVALID_NAME"}


class Function:
    """A function of the header."""

    def __init__(self, result, name, parameters, comment):
        self.result = result
        self.name = name
        # (type without const and names, name)
        self.parameters = parameters
        self.comment = comment
        found = re.search(r"@return (.*?)(?=@|Thread safety:|$)", comment)
        self.returned = found.group(1) if found else ""

    def is_of_client(self):
        return bool(self.parameters) and self.parameters[0][0] == "zinit_client *"

    def talks(self):
        """Whether its comment says that it talks to the daemon."""
        return bool(re.search(r"an exchange code|the codes of|These are the codes|or another code",
                              self.returned))


class Header:
    """All functions and numbers of a header."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.numbers = {name: int(number) for name, number in
                        re.findall(r"^#define (ZINIT_\w+) \(?(-?\d+)\)?$", text, re.M)}
        self.names = {number: name for name, number in self.numbers.items()
                      if name in ("ZINIT_OK", "ZINIT_PENDING", "ZINIT_END") or name.startswith("ZINIT_ERR_")}
        head = _plain(re.search(r"Exchange codes\.(.*?)\n \*\n", text, re.S).group(1))
        self.exchange_codes = set(re.findall(r"ZINIT_ERR_\w+", head)) - {"ZINIT_ERR_INTERNAL"}
        self.functions = {}
        for comment, result, name, parameters in re.findall(
                r"/\*\*\n((?: \*[^\n]*\n)*?) \*/\n([\w ]+?[ *]+)(zinit_\w+)\(([^)]*)\);", text):
            function = Function(_type(result), name, _parameters(parameters), _plain(comment))
            self.functions[name] = function
        assert len(self.functions) == len(re.findall(r"^[a-z].*\bzinit_\w+\(", text, re.M)), "a function is missed"
        assert self.exchange_codes, "the head of the header names no exchange codes"

    def codes(self, name, seen=()):
        """The names of the codes that a function can return, as its comment says."""
        function = self.functions[name]
        text = function.returned
        taken_away = set(re.findall(r"without (ZINIT_ERR_\w+)", text))
        codes = set(re.findall(r"\bZINIT_(?:OK|END|PENDING|ERR_\w+)\b", text)) - taken_away
        if "an exchange code" in text:
            codes |= self.exchange_codes
        if "codes of" in text:
            behind = text[text.index("codes of"):]
            for other in re.findall(r"(zinit_client_\w+)\(\)", behind):
                if other != name and other not in seen:
                    codes |= self.codes(other, (*seen, name)) - taken_away
        return codes


def _plain(comment):
    return re.sub(r"\s+", " ", re.sub(r"^ ?\* ?", "", comment, flags=re.M)).strip()


def _type(text):
    text = re.sub(r"\bconst\b", "", text)
    return re.sub(r"\s*\*", " *", re.sub(r"\s+", " ", text)).strip().replace("* *", "**")


def _parameters(text):
    if text.strip() == "void":
        return []
    parameters = []
    for parameter in text.split(","):
        type_, name = re.fullmatch(r"\s*(.*?[ *])(\w+)\s*", parameter, re.S).groups()
        parameters.append((_type(type_), name))
    return parameters


def _ctype(type_):
    if type_ in NUMBERS:
        return NUMBERS[type_]
    if type_ == "char *":
        return c_char_p
    if type_ == "char **":
        return POINTER(c_char_p)
    if type_.endswith("**"):
        return POINTER(c_void_p)
    number = NUMBERS.get(type_.removesuffix(" *"))
    return POINTER(number) if number and type_.endswith("*") else c_void_p


class Library:
    """The functions of the header in the shared library, as attributes without `zinit_`."""

    def __init__(self, path, header):
        library = ctypes.CDLL(path)
        for function in header.functions.values():
            entry = getattr(library, function.name)
            entry.restype = _ctype(function.result)
            entry.argtypes = [_ctype(type_) for type_, _ in function.parameters]
            setattr(self, function.name.removeprefix("zinit_"), entry)

    def need(self, name, *arguments):
        """A call that must not fail."""
        error = c_void_p()
        code = getattr(self, name)(*arguments, byref(error))
        if code != 0:
            raise AssertionError(f"{name} returned {code}: {self.error_message(error).decode()}")

    def make(self, name, *arguments):
        """A call that must give an object."""
        made = c_void_p()
        self.need(name, *arguments, byref(made))
        return made
