"""The VBA module that tells Excel's function wizard what the catalogue says of each function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from xlfactor.functions.registry import Function

MODULE = "xlf_wizard"
CATEGORY = "xlfactor"
LONGEST = 255  # characters of a text in the wizard
FROM_ADD_IN = '"\'" & ThisWorkbook.Name & "\'!{name}"'

# At Auto_Open Excel may not be ready, so it is asked again as soon as it is. Some Excels refuse to describe a function
# of a hidden workbook: there the add-in shows itself for that moment. A help text must never stop Excel.
START = f"""\
Option Explicit

Public Sub Auto_Open()
    On Error Resume Next
    Application.OnTime Now, {FROM_ADD_IN.format(name="XlfDescribe")}
End Sub

Public Sub XlfDescribe()
    Dim refused As Boolean
    On Error Resume Next
    XlfDescribe1
    refused = Err.Number <> 0 And ThisWorkbook.IsAddin
    If refused Then
        Application.ScreenUpdating = False
        ThisWorkbook.IsAddin = False
        ThisWorkbook.Windows(1).Visible = True
    End If
    XlfDescribeAll
    If refused Then
        ThisWorkbook.Windows(1).Visible = False
        ThisWorkbook.IsAddin = True
        Application.ScreenUpdating = True
    End If
    ThisWorkbook.Saved = True
End Sub
"""


def wizard(functions: Mapping[str, Function]) -> str:
    """The module's source: a Sub a function, so that no procedure comes near VBA's 64 kB."""
    calls = [f"    XlfDescribe{k}" for k in range(1, len(functions) + 1)]
    every = ["Private Sub XlfDescribeAll()", "    On Error Resume Next", *calls, "End Sub", ""]
    each = [line for k, function in enumerate(functions.values(), 1) for line in description(k, function)]
    return START + "\n" + "\n".join([*every, *each])


def description(number: int, function: Function) -> Iterator[str]:
    macro = FROM_ADD_IN.format(name=function.name)
    options = f"Macro:={macro}, Description:={vba_text(function.help)}, Category:={vba_text(CATEGORY)}"
    yield f"Private Sub XlfDescribe{number}()"
    if function.arguments:
        yield f"    Dim texts(1 To {len(function.arguments)}) As String"
        options += ", ArgumentDescriptions:=texts"
    for k, argument in enumerate(function.arguments, 1):
        yield f"    texts({k}) = {vba_text(argument.help)}"
    yield f"    Application.MacroOptions {options}"
    yield "End Sub"
    yield ""


def vba_text(text: str) -> str:
    """A VBA expression for a text of at most 255 characters; ψ is ChrW(968), as VBA source has one code page."""
    pieces: list[str] = []
    plain = ""
    for char in text[:LONGEST]:
        if char.isascii():
            plain += char.replace('"', '""')
            continue
        pieces += [f'"{plain}"'] if plain else []
        pieces.append(f"ChrW({ord(char)})")
        plain = ""
    if plain or not pieces:
        pieces.append(f'"{plain}"')
    return " & ".join(pieces)
