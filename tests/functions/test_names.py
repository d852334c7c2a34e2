"""Function names as the hosts store them."""

import pytest

from xlfactor.functions.names import catalogue_name, stored_name

NAMES = frozenset({"FACTOR_RETURNS", "XLFACTOR_VERSION"})


@pytest.mark.parametrize("host", ["excel", "server", "libreoffice"])
def test_a_stored_name_leads_back_to_the_catalogue(host):
    for name in NAMES:
        assert catalogue_name(stored_name(name, host), NAMES) == name
        assert catalogue_name(stored_name(name, host).lower(), NAMES) == name


def test_each_host_has_its_own_form():
    forms = [stored_name("FACTOR_RETURNS", host) for host in ("excel", "server", "libreoffice")]
    assert forms == ["FACTOR_RETURNS", "_xldudf_FACTOR_RETURNS", "XLFACTOR.FACTOR_RETURNS"]


@pytest.mark.parametrize(
    ("stored", "name"),
    [
        ("_xldudf_XLFACTOR_FACTOR_RETURNS", "FACTOR_RETURNS"),
        ("_xldudf_XLFACTOR_XLFACTOR_VERSION", "XLFACTOR_VERSION"),
        ("_xldudf_XLFACTOR_VERSION", "XLFACTOR_VERSION"),
        ("_xll.FACTOR_RETURNS", "FACTOR_RETURNS"),
        ("[1]!FACTOR_RETURNS", "FACTOR_RETURNS"),
        ("'C:\\it''s here\\xlfactor.xlam'!FACTOR_RETURNS", "FACTOR_RETURNS"),
        ("xlfactor.xlam!FACTOR_RETURNS", "FACTOR_RETURNS"),
        ("SUM", None),
        ("MY_FACTOR_RETURNS", None),
        ("'C:\\other.xlam'!FACTOR_RETURNS", None),
        ("_xldudf_OTHER", None),
    ],
)
def test_other_forms_are_known_and_foreign_functions_are_not(stored, name):
    assert catalogue_name(stored, NAMES) == name
