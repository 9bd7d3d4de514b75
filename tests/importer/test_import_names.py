"""What a name stands for: replaced by importing again, told of where its file has changed, removed whole, shared by aliases."""

import json
import os
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from verilog_samples import one

import importer._many
from importer import by_hash_only, import_function, import_many, import_table, import_verilog, remove
from importer import library as entries_of
from multipliers import SourceChangedWarning, UnknownMultiplierError, _import_index, floats, get, rtl
from multipliers._import_index import changing

pytestmark = pytest.mark.filterwarnings("ignore::importer.ReadingWarning")  # small, odd functions, easy to tell apart


def written(path, expression, name="mine"):
    path.write_text(one(expression).replace("module m(", f"module {name}("))
    return path


def brought(path, **options):
    return import_verilog(path, simulate=False, **options)


def short(done):
    return f"{done.multiplier.label.partition('@')[0]}@{done.digest[:8]}"


def test_importing_under_a_name_replaces_it(tmp_path):
    old = brought(written(tmp_path / "mine.v", "A * B"))
    new = brought(written(tmp_path / "mine.v", "A & B"))
    assert [(before.label, before.same_products) for before in new.replaced] == [(short(old), False)]
    assert (int(get("mine")(6, 3)), int(get(short(old))(6, 3)), int(get("mines")(-6, 3))) == (2, 18, -2)
    again = brought(written(tmp_path / "mine.v", "A & B"))
    assert (again.digest, again.replaced) == (new.digest, ())
    other = brought(written(tmp_path / "mine.v", "B & A"))
    assert [(before.label, before.same_products) for before in other.replaced] == [(short(new), True)]
    assert {content.label for content in by_hash_only()} == {short(old), short(new)}


@pytest.mark.parametrize("label", ["mine", "mines", "mineus"])
def test_a_changed_file_is_told_of_once(label, tmp_path):
    path = written(tmp_path / "my file.v", "A * B")
    done = brought(path, signed=False, a="B", b="A")
    get(label)
    written(path, "A & B")
    command = f"goldaxe import '{path}' --a B --b A --unsigned"
    with pytest.warns(SourceChangedWarning, match="my file.v has changed since it was imported") as told:
        assert int(get(label)(2, 3)) == 6
    assert str(told[0].message).endswith(f": {command}")
    assert told[0].filename == __file__
    get(label)
    get(short(done))
    written(path, "A * B")
    (entry,) = entries_of()
    assert entry.names[0].changed is False


def test_a_file_that_is_gone_or_no_file_any_more_is_not_told_of(tmp_path):
    path = written(tmp_path / "mine.v", "A * B")
    brought(path)
    path.unlink()
    assert int(get("mine")(2, 3)) == 6
    path.mkdir()
    assert int(get("mine")(2, 3)) == 6


def test_the_same_size_and_date_do_not_hide_a_change(tmp_path):
    path = written(tmp_path / "mine.v", "A * B")
    brought(path)
    before = path.stat()
    written(path, "A & B")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.warns(SourceChangedWarning):
        get("mine")


def test_tables_and_significands_of_floats_tell_too(tmp_path):
    path = tmp_path / "lut.npy"
    np.save(path, np.multiply.outer(range(16), range(16)))
    import_table(path, order="ab", signed=False)
    np.save(path, np.zeros((16, 16), int))
    with pytest.warns(SourceChangedWarning, match=r"goldaxe import .*lut.npy --order ab --unsigned$"):
        floats.get("e4m3fn_lut")
    import_table(path, order="ab", signed=False)
    assert int(get("lut")(3, 5)) == 0


def test_a_folder_s_files_tell_too(tmp_path):
    folder = tmp_path / "lib"
    folder.mkdir()
    written(folder / "a.v", "A * B", "first")
    written(folder / "b.v", "A * B + 1", "second")
    import_many(sorted(folder.iterdir()))
    written(folder / "b.v", "A * B", "second")
    get("first")
    with pytest.warns(SourceChangedWarning, match="second: .*b.v has changed"):
        get("second")


def test_of_one_name_in_several_files_the_last_one_counts_whichever_is_done_first(tmp_path, monkeypatch):
    paths = [written(tmp_path / f"{name}.v", text) for name, text in (("a", "A * B"), ("b", "A & B"), ("c", "A | B"))]

    def slow(path, **options):
        time.sleep(0.2 * (path.name == "c.v"))
        done = brought(path, **{**options, "exhaustive": False})
        time.sleep(0.4 * (path.name == "a.v"))
        return done

    monkeypatch.setattr(importer._many, "import_verilog", slow)
    for _ in range(2):
        attempts = [attempt.imported for attempt in import_many(paths)]
        assert int(get("mine")(6, 3)) == 7
        labels = [[before.label for before in done.replaced] for done in attempts]
        assert labels[1:] == [[short(attempts[0])], [short(attempts[1])]]


def test_names_of_the_same_products_are_one_entry_and_keep_their_verilog(tmp_path):
    first = brought(written(tmp_path / "a.v", "A * B", "first"))
    second = brought(written(tmp_path / "b.v", "B * A", "second"))
    third = brought(written(tmp_path / "c.v", "A + B", "third"))
    table = import_function(lambda a, b: a * b, width=4, signed=False, name="table")
    assert (first.aliases, second.aliases, third.aliases) == ((), ("first",), ())
    entries = {entry.name: entry for entry in entries_of()}
    assert list(entries) == ["first", "third"]
    assert entries["first"].aliases == ("second", "table")
    assert get("first").digest == get("second").digest == table.digest == entries["first"].digest
    assert "B * A" in rtl(get("second")).text
    assert "A * B" in rtl(get("first")).text
    remove(["first"])
    assert {entry.name: entry.aliases for entry in entries_of()} == {"second": ("table",), "third": ()}


def test_removing_takes_all_that_a_name_stood_for_and_all_names_or_none(tmp_path, library):
    old = brought(written(tmp_path / "mine.v", "A * B"))
    new = brought(written(tmp_path / "mine.v", "A & B"))
    other = brought(written(tmp_path / "other.v", "A | B", "other"))
    with pytest.raises(UnknownMultiplierError, match="no imported multiplier is called 'mime'; did you mean mine"):
        remove(["other", "mime"])
    with pytest.raises(UnknownMultiplierError, match="no imported multiplier is called 'drum8_k4'; goldaxe list --imported"):
        remove(["drum8_k4"])
    assert get("other").digest == other.multiplier.digest
    assert {content.label for content in remove(["mine"])} == {"mine", short(old)}
    assert [path.name for path in library.iterdir() if path.is_dir()] == [other.digest]
    for label in ("mine", short(old), short(new)):
        with pytest.raises(UnknownMultiplierError):
            get(label)


def test_removing_what_a_name_stands_for_now_leaves_the_name_to_nothing(tmp_path):
    old = brought(written(tmp_path / "mine.v", "A * B"))
    new = brought(written(tmp_path / "mine.v", "A & B"))
    remove([short(new)])
    with pytest.raises(UnknownMultiplierError):
        get("mine")
    assert int(get(short(old))(6, 3)) == 18


def test_a_removal_that_is_killed_is_whole_and_swept_up(tmp_path, library, monkeypatch):
    done = brought(written(tmp_path / "mine.v", "A * B"))
    with monkeypatch.context() as killed:
        killed.setattr(_import_index, "_clear", lambda removed: None)  # as if the process ended once the names are written
        remove(["mine"])
    assert (library / done.digest).is_dir()
    with pytest.raises(UnknownMultiplierError):
        get("mine")
    with changing():
        pass
    assert not (library / done.digest).exists()
    assert brought(written(tmp_path / "mine.v", "A * B")).digest == done.digest
    assert int(get("mine")(6, 3)) == 18


def test_an_error_changes_nothing(tmp_path):
    def break_off():
        with changing() as index:
            index.names.clear()
            raise ZeroDivisionError

    brought(written(tmp_path / "mine.v", "A * B"))
    with pytest.raises(ZeroDivisionError):
        break_off()
    get("mine")


def test_caches_of_earlier_versions(tmp_path, library):
    """They have the same contents and no file of names."""
    old = brought(written(tmp_path / "mine.v", "A * B"))
    brought(written(tmp_path / "other.v", "A | B", "other"))
    (library / "names.json").unlink()
    assert int(get("mine")(6, 3)) == 18
    assert [(entry.name, entry.names[0].file) for entry in entries_of()] == [("mine", None), ("other", None)]
    new = brought(written(tmp_path / "mine.v", "A & B"))
    assert [before.label for before in new.replaced] == [short(old)]
    assert int(get("other")(6, 3)) == 7
    (library / "names.json").unlink()
    with pytest.raises(UnknownMultiplierError, match=r"several imported multipliers are called 'mine': say mine@.*, or import"):
        get("mine")
    assert sorted(name for entry in entries_of() for name in (entry.name, *entry.aliases)) == sorted(
        [short(old), short(new), "other"]
    )
    again = brought(written(tmp_path / "mine.v", "A & B"))
    assert [before.label for before in again.replaced] == [short(old)]
    assert int(get("mine")(6, 3)) == 2
    assert {content.label for content in remove(["other", "mine"])} == {"other", "mine", short(old)}
    assert entries_of() == by_hash_only() == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"names": 3, "contents": []}',
        '{"names": {"mine": "../../etc"}, "contents": {"../../etc": {}}, "removed": [".", 7]}',
        '{"names": {"mine": 5, "": "x"}, "contents": {}, "removed": {"a": 1}}',
        "[" * 100_000,
    ],
)
def test_a_damaged_file_of_names_names_nothing_else(text, tmp_path, library):
    brought(written(tmp_path / "mine.v", "A * B"))
    (library / "names.json").write_text(text)
    assert int(get("mine")(6, 3)) == 18
    assert [entry.name for entry in entries_of()] == ["mine"]


@pytest.mark.parametrize(
    "source",
    [
        7,
        {"path": 1},
        {"path": "/dev/zero", "sha256": "", "size": "x", "options": []},
        {"path": "/dev/zero", "sha256": "", "size": 1, "options": []},
        {"path": "\0", "sha256": "", "size": 1, "options": []},
    ],
)
def test_a_damaged_record_is_no_source(source, tmp_path, library):
    brought(written(tmp_path / "mine.v", "A * B"))
    said = json.loads((library / "names.json").read_text())
    said["contents"] = {key: {"digest": "", "date": "", "source": source} for key in said["contents"]}
    (library / "names.json").write_text(json.dumps(said))
    assert int(get("mine")(6, 3)) == 18


def test_a_file_given_in_place_of_a_name_changes_no_name(tmp_path):
    first = brought(written(tmp_path / "mine.v", "A * B"), register=False)
    assert first.multiplier.label == short(first)
    assert int(get(short(first))(6, 3)) == 18
    with pytest.raises(UnknownMultiplierError):
        get("mine")
    named = brought(written(tmp_path / "mine.v", "A & B"))
    assert brought(tmp_path / "mine.v", register=False).multiplier.label == "mine"
    other = brought(written(tmp_path / "copy.v", "A | B"), register=False)
    assert (other.replaced, other.multiplier.label) == ((), short(other))
    assert {content.label for content in by_hash_only()} == {short(first), short(other)}
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert get("mine").digest == named.multiplier.digest
    assert told == []


def test_many_processes_or_threads_may_import_at_once():
    def bring(number):
        name = f"mine{number % 3}"
        import_function(lambda a, b: a * b + number, width=4, signed=False, name=name)
        return name

    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(bring, range(12)))
    assert {entry.name for entry in entries_of()} == names
    assert len(by_hash_only()) == 9
    every = [*names, *(content.label for content in by_hash_only())]
    assert sorted(int(get(label)(0, 0)) for label in every) == list(range(12))
