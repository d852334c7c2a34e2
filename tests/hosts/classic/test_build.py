"""xlfactor.xlam as olevba, an independent reader, sees it."""

import re
import zipfile
from importlib import metadata

import olefile
import pytest
from oletools.olevba import VBA_Parser

import xlfactor
from xlfactor.functions import catalogue
from xlfactor.hosts.classic.build import build, made_for, template

OURS = {"xlwings_udfs.bas", "xlf_wizard.bas"}


def modules(path):
    """{module: source} of a file with macros."""
    return {name: text for _, _, name, text in VBA_Parser(str(path)).extract_macros()}


@pytest.fixture(scope="module")
def addin(folder):
    return modules(folder / "xlfactor.xlam")


def test_olevba_finds_our_modules_and_those_of_xlwings_unchanged_but_for_the_name(addin):
    old = modules(template())
    assert addin.keys() == old.keys() | OURS
    named = {**old, "xlwings.bas": old["xlwings.bas"].replace('As String = "myaddin"', 'As String = "xlfactor"')}
    assert named["xlwings.bas"] != old["xlwings.bas"]
    assert {name: addin[name] for name in old} == named


def test_every_function_of_the_catalogue_is_declared_once_with_its_arguments(addin):
    declared = re.findall(r"^Function (\w+)\((.*)\)\r?$", addin["xlwings_udfs.bas"], re.M)
    assert [(name, signature.lower()) for name, signature in declared] == [
        (name, ", ".join(a.name if a.required else f"optional {a.name}" for a in function.arguments))
        for name, function in sorted(catalogue().items())
    ]


def test_no_name_of_a_function_is_spelled_in_two_ways_anywhere_in_the_project(addin):
    code = [re.sub(r'"(?:[^"]|"")*"|\'.*', "", text) for text in addin.values()]
    for name in catalogue():
        spellings = {s for text in code for s in re.findall(rf"(?i)\b{name}\b", text)}
        assert spellings == {name}


def test_the_functions_call_the_module_that_serves_them_on_the_active_workbook(addin):
    calls = re.findall(r'= XLPy\.CallUDF\("([\w.]+)", "(\w+)", Array\(.*\), (\w+), ', addin["xlwings_udfs.bas"])
    assert sorted(calls) == sorted(("xlfactor.hosts.excel", name, "ActiveWorkbook") for name in catalogue())


def test_the_project_its_settings_and_its_properties_bear_our_name(folder):
    with zipfile.ZipFile(folder / "xlfactor.xlam") as archive:
        project = olefile.OleFileIO(archive.read("xl/vbaProject.bin"))
        assert b"<dc:title>xlfactor</dc:title>" in archive.read("docProps/core.xml")
        assert b'"_xlfactor.conf"' in archive.read("xl/workbook.xml")
    listed = project.openstream("PROJECT").read().decode("cp1252").splitlines()
    assert 'Name="xlfactor"' in listed
    assert {"Module=xlwings_udfs", "Module=xlf_wizard"} <= set(listed)
    assert listed.index("Module=xlf_wizard") < listed.index('Name="xlfactor"')


def test_the_add_in_tells_the_versions_it_was_made_from(folder):
    assert made_for(folder / "xlfactor.xlam") == (xlfactor.__version__, metadata.version("xlwings"))


def test_the_same_versions_make_the_same_bytes(folder, tmp_path):
    for path in build(tmp_path):
        assert path.read_bytes() == (folder / path.name).read_bytes()


def test_the_twin_is_a_workbook_with_the_same_project(folder):
    with zipfile.ZipFile(folder / "xlfactor.xlam") as addin, zipfile.ZipFile(folder / "xlfactor.xlsm") as twin:
        assert addin.read("xl/vbaProject.bin") == twin.read("xl/vbaProject.bin")
        assert b"sheet.macroEnabled.main+xml" in twin.read("[Content_Types].xml")
        assert b'visibility="hidden"' in addin.read("xl/workbook.xml")
        assert b'visibility="hidden"' not in twin.read("xl/workbook.xml")


def test_the_bas_files_for_import_by_hand_hold_the_same_source(folder, addin):
    for name in OURS:
        text = (folder / name).read_bytes().decode("ascii")
        assert text.startswith(f'Attribute VB_Name = "{name.removesuffix(".bas")}"\r\n')
        assert text.splitlines() == addin[name].splitlines()


def test_the_notices_of_xlwings_and_of_vba_dictionary_go_with_it(folder):
    text = (folder / "xlfactor_notices.txt").read_text()
    assert "Zoomer Analytics" in text
    assert "Redistributions in binary form must reproduce the above copyright" in " ".join(text.split())
    assert "The MIT License" in text
    assert "Tim Hall" in text
