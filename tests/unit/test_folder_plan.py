"""The folder convention, rule by rule."""

import unicodedata

from ingest.batch.folder import (
    Listed,
    is_sheet,
    is_system_file,
    missing_numbers,
    natural,
    ordinals,
    plan,
    ranges,
)


def items(*names, batch="dot-1", **pages):
    found = plan([Listed(name, pages=pages.get("pages", {}).get(name, 1)) for name in names], batch)
    return {dossier.title: [item.files for item in dossier.items] for dossier in found.dossiers}


def test_each_top_level_folder_is_a_dossier():
    assert items("A/x.pdf", "B/y.pdf") == {"A": [("A/x.pdf",)], "B": [("B/y.pdf",)]}


def test_numbered_images_of_one_stem_are_one_item_in_natural_order():
    assert items("A/vb_10.jpg", "A/vb_9.JPG", "A/vb_1.png", "A/khac_1.jpg") == {
        "A": [("A/khac_1.jpg",), ("A/vb_1.png", "A/vb_9.JPG", "A/vb_10.jpg")]
    }


def test_a_folder_of_images_inside_a_dossier_is_one_item():
    assert items("A/vb1/bia.jpg", "A/vb1/001.jpg", "A/vb1/002.jpg", "A/b.pdf") == {
        "A": [("A/b.pdf",), ("A/vb1/001.jpg", "A/vb1/002.jpg", "A/vb1/bia.jpg")]
    }


def test_a_multi_page_tiff_is_its_own_item_even_when_numbered():
    assert items("A/001.tif", "A/002.tif", "A/003.tif", pages={"A/002.tif": 7}) == {
        "A": [("A/001.tif", "A/003.tif"), ("A/002.tif",)]
    }


def test_gaps_in_a_sequence_are_named():
    dossier = plan([Listed(f"A/{number:03}.jpg") for number in (1, 2, 5, 6, 8)], "b").dossiers[0]
    finding = dossier.items[0].findings[0]
    assert (finding.code, finding.values["numbers"]) == ("sequence.missing", "3-4, 7")


def test_a_sequence_starting_at_two_lacks_its_first_page():
    assert missing_numbers([2, 3, 4]) == [1]
    assert missing_numbers([5, 6]) == []
    assert missing_numbers([20190101, 20240101]) == []


def test_loose_files_are_grouped_by_the_file_code_in_their_names():
    found = plan(
        [Listed("H30.81.2024.K4.001.pdf"), Listed("H30.81.2024.K4.002.pdf"), Listed("ghi chu.pdf")], "Đợt 1"
    )
    assert [(dossier.code, dossier.title, len(dossier.items)) for dossier in found.dossiers] == [
        ("dot-1", "Đợt 1", 1),
        ("H30.81.2024.K4", "H30.81.2024.K4", 2),
    ]
    assert [item.ordinal for item in found.dossiers[1].items] == [1, 2]


def test_the_file_code_of_the_names_is_the_code_of_a_folder_too():
    found = plan([Listed("Hồ sơ 7/H30.81.2024.K4.001.pdf")], "b")
    assert (found.dossiers[0].code, found.dossiers[0].title) == ("H30.81.2024.K4", "Hồ sơ 7")


def test_one_folder_in_two_normal_forms_is_one_dossier_with_names_as_received():
    decomposed = unicodedata.normalize("NFD", "Hồ sơ")
    found = plan([Listed("Hồ sơ/a.pdf"), Listed(f"{decomposed}/b.pdf")], "b")
    assert len(found.dossiers) == 1
    assert {name for item in found.dossiers[0].items for name in item.files} == {
        "Hồ sơ/a.pdf",
        f"{decomposed}/b.pdf",
    }


def test_two_names_equal_after_nfc_are_two_files_with_a_finding():
    decomposed = unicodedata.normalize("NFD", "A/Số.pdf")
    dossier = plan([Listed("A/Số.pdf"), Listed(decomposed)], "b").dossiers[0]
    assert len(dossier.items) == 2
    assert [finding.code for finding in dossier.findings] == ["name.same_after_nfc"]


def test_two_folders_with_one_slug_are_two_dossiers_with_two_codes():
    found = plan([Listed("Hồ sơ A/a.pdf"), Listed("Ho so a/a.pdf")], "b")
    assert len({dossier.code for dossier in found.dossiers}) == 2


def codes(*folders, held=None):
    """Folder as received -> code, with `held`: code -> name of the folder it was made from."""
    planned = plan([Listed(f"{folder}/1.pdf") for folder in folders], "b", (held or {}).get)
    return {dossier.folder: dossier.code for dossier in planned.dossiers}


def test_names_that_differ_in_blanks_only_get_three_codes():
    found = codes("A", "A ", " A")
    assert found["A"] == "A" and len(set(found.values())) == 3


def test_a_folder_keeps_its_code_when_others_come_beside_it():
    first = codes("Hồ sơ A")
    held = {first["Hồ sơ A"]: "Hồ sơ A"}
    later = codes("Ho so a", "Hồ sơ A", "Ho-so-A", held=held)
    assert later["Hồ sơ A"] == first["Hồ sơ A"] == "ho-so-a" and len(set(later.values())) == 3
    held |= {code: name for name, code in later.items()}
    for alone in later:
        assert codes(alone, held=held) == {alone: later[alone]}


def test_contested_codes_do_not_depend_on_the_order_or_on_an_interrupted_run():
    both = codes("Ho so a", "Hồ sơ A")
    assert "ho-so-a" not in both.values()
    assert codes("Ho so a", "Hồ sơ A", held={both["Ho so a"]: "Ho so a"}) == both
    assert codes("Hồ sơ A", held={both["Hồ sơ A"]: "Hồ sơ A"}) == {"Hồ sơ A": both["Hồ sơ A"]}


def test_a_code_held_for_another_name_is_not_taken_over():
    assert codes("A", held={"A": "A "})["A"] != "A"


def test_a_file_code_joins_the_held_dossier_whatever_the_folder_is_called():
    found = plan([Listed("Hộp 3/H30.81.2024.K4.005.pdf")], "b", {"H30.81.2024.K4": "Hồ sơ 7"}.get)
    assert found.dossiers[0].code == "H30.81.2024.K4"


def test_a_folder_name_that_is_no_utf8_gives_a_title_that_is():
    dossier = plan([Listed("H\udce1\udcbb so/1.pdf")], "b").dossiers[0]
    assert dossier.title.encode() and dossier.name.encode() and dossier.code.encode()
    assert dossier.items[0].files == ("H\udce1\udcbb so/1.pdf",)


def test_sheets_and_system_files_are_told_by_name():
    assert is_sheet("Mục lục văn bản.xlsx") and is_sheet("muc_luc.XLSX") and is_sheet("A/MUC-LUC.xls")
    assert not is_sheet("muc-luc.pdf") and not is_sheet("bao cao.xlsx")
    assert is_system_file("Thumbs.db") and is_system_file(".DS_Store") and is_system_file("~$muc-luc.xlsx")
    assert not is_system_file("001.jpg")


def test_sheets_are_no_items():
    found = plan([Listed("muc-luc.xlsx"), Listed("A/muc-luc.xlsx"), Listed("A/1.pdf")], "b")
    assert found.sheets == ("muc-luc.xlsx",)
    assert found.dossiers[0].sheets == ("A/muc-luc.xlsx",)
    assert len(found.dossiers[0].items) == 1


def test_every_file_lands_in_exactly_one_place():
    names = [
        "a.pdf",
        "A/1.jpg",
        "A/2.jpg",
        "A/b/x.tif",
        "A/b/y.pdf",
        "A/b/c/1.png",
        "muc-luc.xlsx",
        "A/muc luc.xlsx",
    ]
    found = plan([Listed(name) for name in names], "b")
    placed = [*found.sheets]
    for dossier in found.dossiers:
        placed += [*dossier.sheets, *(name for item in dossier.items for name in item.files)]
    assert sorted(placed) == sorted(names)


def test_natural_order():
    assert sorted(["b10", "B2", "b1"], key=natural) == ["b1", "B2", "b10"]


def test_ordinals_are_claimed_first_then_filled():
    assert ordinals([None, 2, None, 2]) == [1, 2, 3, 4]
    assert ordinals([None, 1], taken={1, 2}) == [3, 4]


def test_ranges():
    assert ranges([3, 4, 5, 9]) == "3-5, 9"


def test_numbers_in_brackets_are_page_numbers_too():
    dossier = plan([Listed("A/Báo cáo (001).Jpg"), Listed("A/Báo cáo (003).Jpg")], "b").dossiers[0]
    assert [len(item.files) for item in dossier.items] == [2]
    assert dossier.items[0].findings[0].values["numbers"] == "2"
