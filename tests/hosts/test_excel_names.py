"""Names and texts that Excel, its function wizard and VBA accept."""

import re

import pytest

from xlfactor.functions import catalogue

# MS-VBAL 3.3.5.2, reserved identifiers
VBA_RESERVED = frozenset(
    """abs addressof and any array as attribute boolean byref byte byval call case cbool cbyte ccur cdate cdbl cdec
    cdecl cint circle clng clnglng clngptr close const csng cstr currency cvar cverr date debug decimal declare
    defbool defbyte defcur defdate defdbl defdec defint deflng deflnglng deflngptr defobj defsng defstr defvar dim do
    doevents double each else elseif empty end endif enum eqv erase event exit false fix for friend function get
    global gosub goto if imp implements in input inputb int integer is lbound len lenb let like linput lock long
    longlong longptr loop lset me mod new next not nothing null object on open option optional or paramarray
    preserve print private pset public put raiseevent redim rem resume return rset scale seek select set sgn shared
    single spc static stop string sub tab then to true type typeof ubound unlock until variant wend while with
    withevents write xor""".split()  # noqa: SIM905
)
CELL = re.compile(r"[A-Z]{1,3}[0-9]{1,7}|R[0-9]*C[0-9]*")  # A1 and R1C1
WIZARD = 255  # characters that the function wizard takes


@pytest.mark.parametrize("name", catalogue())
def test_a_name_is_legal_in_excel_and_vba_and_not_like_a_cell(name):
    assert re.fullmatch(r"[A-Z][A-Z0-9_]{2,127}", name)
    assert not CELL.fullmatch(name)
    assert name.lower() not in VBA_RESERVED


@pytest.mark.parametrize("name", catalogue())
def test_an_argument_is_a_name_in_vba_and_no_keyword(name):
    names = [a.name.lower() for a in catalogue()[name].arguments]
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", argument) for argument in names)
    assert not VBA_RESERVED & set(names)
    assert name.lower() not in names  # VBA refuses a function whose argument bears its name
    assert "caller" not in names  # xlwings hands the calling cell over under this name


@pytest.mark.parametrize("name", catalogue())
def test_the_texts_fit_the_function_wizard(name):
    function = catalogue()[name]
    texts = [function.help, *(a.help for a in function.arguments)]
    assert all(0 < len(text) <= WIZARD for text in texts)


@pytest.mark.parametrize("name", catalogue())
def test_no_required_argument_follows_an_optional_one(name):
    required = [a.required for a in catalogue()[name].arguments]
    assert required == sorted(required, reverse=True)
