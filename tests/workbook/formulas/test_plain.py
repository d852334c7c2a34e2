"""The closed set of plain formulas: Excel's answers, worked out by hand."""

import pytest

from tests.workbook.small_books import bare
from xlfactor.errors import FactorError
from xlfactor.workbook.formulas.parse import parse
from xlfactor.workbook.formulas.plain import is_plain, plain_value
from xlfactor.workbook.formulas.references import Place
from xlfactor.workbook.formulas.workspace import Workspace

# A1:D5 of the sheet Data:   1    apple  TRUE  2
#                            2    Pear   FALSE #DIV/0!
#                            -3   (blank) "5"  "a*b"
#                            4    apple  ""    (blank)
CELLS = """<sheetData>
<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="str"><v>apple</v></c><c r="C1" t="b"><v>1</v></c>
<c r="D1"><v>2</v></c></row>
<row r="2"><c r="A2"><v>2</v></c><c r="B2" t="str"><v>Pear</v></c><c r="C2" t="b"><v>0</v></c>
<c r="D2" t="e"><v>#DIV/0!</v></c></row>
<row r="3"><c r="A3"><v>-3</v></c><c r="C3" t="str"><v>5</v></c><c r="D3" t="str"><v>a*b</v></c></row>
<row r="4"><c r="A4"><v>4</v></c><c r="B4" t="str"><v>apple</v></c><c r="C4" t="str"><v></v></c></row>
</sheetData>"""

ANSWERS = {
    # operators and their precedence
    "2+3*4": 14.0,
    "-2^2": 4.0,
    "2^3^2": 64.0,
    "2^-1": 0.5,
    "50%": 0.5,
    "200%^2": 4.0,
    "-50%": -0.5,
    "(1+2)*3": 9.0,
    "10/4-1": 1.5,
    "1-2-3": -4.0,
    "8/4/2": 1.0,
    "--C1": 1.0,
    "+A1": 1.0,
    "C3*2": 10.0,
    '"3"+"4%"': 3.04,
    "TRUE+TRUE": 2.0,
    "B3+1": 1.0,
    "0*-1": 0.0,
    "B1+1": "#VALUE!",
    "C4+1": "#VALUE!",
    "1/0": "#DIV/0!",
    "0^0": "#NUM!",
    "0^-1": "#DIV/0!",
    "(-8)^0.5": "#NUM!",
    "1E300*1E300": "#NUM!",
    "D2+1": "#DIV/0!",
    "#N/A+1/0": "#N/A",
    "B3": 0.0,
    "B1": "apple",
    "D2": "#DIV/0!",
    # joining
    'A1&B1&C1&B3&"!"': "1appleTRUE!",
    '1/3&""': "0.333333333333333",
    '123456789012&""': "123456789012",
    '0.1+0.2&""': "0.3",
    # comparisons
    'B1="APPLE"': True,
    '1<"a"': True,
    '"z"<FALSE': True,
    "B3=0": True,
    'B3=""': True,
    "B3=FALSE": True,
    '"5"=5': False,
    "0.1+0.2=0.3": True,
    "A1<>A2": True,
    "A3>=-3": True,
    '"b">"A"': True,
    "D2=1": "#DIV/0!",
    # sums and the like
    "SUM(A1:A4)": 4.0,
    "SUM(A1:C4)": 4.0,
    'SUM(A1:A4,"3",TRUE)': 8.0,
    "SUM(A1:D4)": "#DIV/0!",
    'SUM({1,"2",TRUE})': 1.0,
    'SUM("x")': "#VALUE!",
    "SUM(1,)": 1.0,
    "MIN(A1:A4)": -3.0,
    "MAX(A1:C4)": 4.0,
    "MAX(B1:B2)": 0.0,
    "MIN(5,)": 0.0,
    "ABS(A3)": 3.0,
    "SQRT(A4)": 2.0,
    "SQRT(A3)": "#NUM!",
    "ROUND(2.5,0)": 3.0,
    "ROUND(-2.5,0)": -3.0,
    "ROUND(1.005,2)": 1.01,
    "ROUND(1234.5,-2)": 1200.0,
    "ROUND(2.345,1.9)": 2.3,
    "COUNT(A1:D4)": 5.0,
    'COUNT(1,"2","x",TRUE,1/0)': 3.0,
    "COUNTIF(A1:A4,2)": 1.0,
    'COUNTIF(A1:A4,">=1")': 3.0,
    'COUNTIF(A1:A4,"<>2")': 3.0,
    'COUNTIF(B1:B4,"APPLE")': 2.0,
    'COUNTIF(B1:B4,"*p*")': 3.0,
    'COUNTIF(B1:B4,"p?ar")': 1.0,
    'COUNTIF(B1:B4,"<>apple")': 2.0,
    'COUNTIF(B1:B4,"")': 1.0,
    'COUNTIF(D1:D4,"a~*b")': 1.0,
    'COUNTIF(D1:D4,"#DIV/0!")': 1.0,
    'COUNTIF(C1:C4,"5")': 1.0,
    "COUNTIF(C1:C4,TRUE)": 1.0,
    'COUNTIF(B1:B4,"<>")': 3.0,
    # choosing
    'IF(A1>0,"yes","no")': "yes",
    "IF(A1<0,1)": False,
    "IF(A1<0,1,)": 0.0,
    "IF(TRUE,B1,1/0)": "apple",
    "IF(1/0,1,2)": "#DIV/0!",
    'IF("true",1,2)': 1.0,
    'IF("x",1,2)': "#VALUE!",
    'IFERROR(D2,"-")': "-",
    'IFERROR(A1,"-")': 1.0,
    'IFERROR(INDEX(A1:A4,9),"")': "",
    "SUM(IF(A1>0,A1:A4,0))": 4.0,
    # positions
    "INDEX(A1:D4,1,2)": "apple",
    "INDEX(B1:B4,3)": 0.0,
    "INDEX(A1:D1,4)": 2.0,
    "INDEX(A1:D4,2,1.9)": 2.0,
    "SUM(INDEX(A1:D4,0,1))": 4.0,
    "SUM(INDEX(A1:D4,1,0))": 3.0,
    "SUM(INDEX(A1:D4,1,))": 3.0,
    "INDEX(A1:D4,5,1)": "#REF!",
    "INDEX(A1:D4,-1,1)": "#VALUE!",
    'MATCH("pear",B1:B4,0)': 2.0,
    'MATCH("pe*",B1:B4,0)': 2.0,
    "MATCH(4,A1:A4,0)": 4.0,
    "MATCH(TRUE,C1:C4,0)": 1.0,
    "MATCH(1,C1:C4,0)": "#N/A",
    "MATCH(5,C1:C4,0)": "#N/A",
    "MATCH(2,A1:D1,0)": 4.0,
    "MATCH(1,A1:B4,0)": "#N/A",
    "MATCH(9,A1:A4,0)": "#N/A",
    'INDEX(A1:D4,MATCH("apple",INDEX(A1:D4,0,2),0),1)': 1.0,
    "ROWS(A1:D4)": 4.0,
    "ROWS($A$1:A3)": 3.0,
    "ROWS({1;2;3})": 3.0,
}


@pytest.fixture(scope="module")
def space(tmp_path_factory):
    return Workspace(bare(tmp_path_factory.mktemp("plain") / "a.xlsx", CELLS), {})


def value(text, space):
    return plain_value(parse(text, frozenset()), Place("Data", (9, 9), (0, 0)), space)


@pytest.mark.parametrize("text", ANSWERS)
def test_a_plain_formula_gives_the_answer_of_excel(text, space):
    assert is_plain(parse(text, frozenset()))
    found = value(text, space)
    assert found == ANSWERS[text]
    assert isinstance(found, bool) == isinstance(ANSWERS[text], bool)
    assert str(found) != "-0.0"


@pytest.mark.parametrize(
    "text",
    [
        "A1:A4*2",
        "MATCH(1,A1:A4,1)",
        "MATCH(1,A1:A4)",
        '"2026-01-30"+1',
        '"1,000"+1',
        '1E20&""',
        'COUNTIF(B1:B4,">b")',
        'COUNTIF(B1:B4,"2026-01-30")',
        "COUNTIF({1,2},1)",
        "A1:A4",
        "SUM((A1,A2))",
        "SQRT(1,2)",
        "MAX()",
    ],
)
def test_what_depends_on_more_than_the_closed_set_is_left_alone(text, space):
    with pytest.raises(FactorError, match="UNSUPPORTED"):
        value(text, space)


@pytest.mark.parametrize(
    "text", ["AVERAGE(A1)", "SUM(OFFSET(A1,1,0))", "VLOOKUP(1,A1:B2,2)", "TODAY()", "IF(A1,LEN(B1),1)"]
)
def test_other_functions_are_not_plain(text):
    assert not is_plain(parse(text, frozenset()))
