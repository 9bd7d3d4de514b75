"""Programs: saved and loaded, hashed, printed, and refused when they are damaged."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from integer_networks import NETWORKS, make

from accelerator import Program, ProgramError, load, lower, run, save
from accelerator.program import AveragePool, MaxPool, Product, Select, Value
from pysim import Accumulator, Quantization, approximate_


def program_of(name: str, multiplier: str = "drum8_k4") -> tuple[Program, torch.Tensor]:
    model, inputs = make(name)
    approximate_(model, multiplier, calibration=[inputs])
    return lower(model, [inputs], name=name), inputs


@pytest.mark.parametrize("name", NETWORKS)
def test_a_loaded_program_is_the_one_saved(name: str, tmp_path: Path) -> None:
    program, inputs = program_of(name)
    save(program, tmp_path / "a.safetensors")
    loaded = load(tmp_path / "a.safetensors")
    assert loaded.hash == program.hash
    assert str(loaded) == str(program)
    expected, got = run(program, inputs).values, run(loaded, inputs).values
    assert expected.keys() == got.keys()
    assert all(torch.equal(expected[key], got[key]) for key in expected)
    save(loaded, tmp_path / "b.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.safetensors", "b.safetensors"]


def test_the_accumulator_is_saved(tmp_path: Path) -> None:
    model, inputs = make("perceptron")
    quantization = Quantization(6, 5, "symmetric", accumulator=Accumulator(12, "saturate"))
    approximate_(model, "drum8_k4", quantization=quantization, calibration=[inputs])
    save(lower(model, [inputs]), tmp_path / "p")
    arithmetic = load(tmp_path / "p").arithmetic
    assert (arithmetic.accumulator, arithmetic.operands.activation.low) == (Accumulator(12, "saturate"), -31)


def test_the_hash_is_that_of_all_integers() -> None:
    program, _ = program_of("perceptron")
    first = program.operations[0]
    assert isinstance(first, Product)
    seen = {program.hash, program_of("perceptron", "udm8")[0].hash}
    matrix = first.matrix
    for field in ("weight", "constant", "multiplier", "shift"):
        changed = replace(matrix, **{field: getattr(matrix, field) ^ np.int32(1)})
        seen.add(replace(program, operations=(replace(first, matrix=changed), *program.operations[1:])).hash)
    seen.add(replace(program, operations=(replace(first, high=first.high - 1), *program.operations[1:])).hash)
    value = program.values[program.input]
    seen.add(replace(program, values={**program.values, value.name: replace(value, scale=value.scale * 2)}).hash)
    assert len(seen) == 8
    assert program.hash == program_of("perceptron")[0].hash


def test_the_listing_names_every_value() -> None:
    program, _ = program_of("efficientnet-lite blocks")
    lines = str(program).splitlines()
    assert lines[0].startswith("efficientnet-lite blocks: products by drum8us_k4 of 0..255 with -127..127")
    for name in program.values:
        assert any(f"{name}: " in line for line in lines), name
    assert len(lines) == len(program.operations) + 3


def test_the_listing_says_what_each_operation_does() -> None:
    """Operations of a hand-made program, with the settings that they were made with."""
    values = {
        "x": Value("x", (3, 6, 8), 0.5, 3, 0, 255),
        "m": Value("m", (3, 5, 3), 0.5, 3, 0, 255),
        "a": Value("a", (3, 2, 3), 0.25, 0, -128, 127),
        "s": Value("s", (2, 3), 0.25, 0, -128, 127),
    }
    operations = (
        MaxPool("m", "x", "m", (2, 3), (1, 2), (0, 0), (1, 1)),
        AveragePool("a", "m", "a", (4, 1), (1, 1), (0, 0), 12345, 7, -128, 127),
        Select("s", "a", "s", 0, 2),
    )
    program = replace(program_of("perceptron")[0], name="made", values=values, operations=operations, input="x", outputs=("s",))
    assert str(program).splitlines()[1:] == [
        "  input  x: 3x6x8 uint8, scale 0.5, zero 3",
        "  maxpool     [2x3, stride 1x2] (x) -> m: 3x5x3 uint8, scale 0.5, zero 3",
        "  averagepool [4x1, * 12345 >> 7] (m) -> a: 3x2x3 int8, scale 0.25, zero 0",
        "  select      [axis 0, index 2] (a) -> s: 2x3 int8, scale 0.25, zero 0",
        "  output s",
    ]


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "program"
    save(program_of("perceptron")[0], path)
    sound = path.read_bytes()
    for damaged, message in (
        (sound[: len(sound) // 2], "not a whole safetensors file"),
        (sound[:-1] + bytes([sound[-1] ^ 1]), "is not what was saved"),
        (sound.replace(b"Rescale", b"Execute").replace(b"Product", b"Perform"), "of no known kind; kinds are Product"),
        (sound.replace(b"drum8us_k4", b"drum8us_k9"), "multiplies by 'drum8us_k9', which is not registered"),
        (sound.replace(b"drum8us_k4", b"drum8us_k5"), "made with another 'drum8us_k5' than is registered"),
        (sound.replace(b"goldaxe program", b"another program"), "holds no integer program"),
        (b"", "not a whole safetensors file"),
    ):
        path.write_bytes(damaged)
        with pytest.raises(ProgramError, match=message):
            load(path)
    with pytest.raises(ProgramError, match="does not exist"):
        load(tmp_path / "nowhere")


def test_operations_in_a_wrong_order_are_refused() -> None:
    program, _ = program_of("perceptron")
    with pytest.raises(ProgramError, match="which no operation before it writes"):
        replace(program, operations=program.operations[::-1])
    with pytest.raises(ProgramError, match="is written already"):
        replace(program, operations=(*program.operations, program.operations[-1]))
    with pytest.raises(ProgramError, match="written by no operation"):
        replace(program, outputs=("nothing",))
