"""The typed stubs name what is there, and nothing else; everything public is documented."""

import ast
import inspect
import pathlib

import gradus
from gradus import _gradus

STUB = pathlib.Path(gradus.__file__).with_name("_gradus.pyi")


def test_every_name_is_in_the_stub():
    tree = ast.parse(STUB.read_text())
    classes = {node.name: {part.name for part in node.body if isinstance(part, ast.FunctionDef)} | {
        part.target.id for part in node.body if isinstance(part, ast.AnnAssign)
    } for node in tree.body if isinstance(node, ast.ClassDef)}
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for name, value in vars(_gradus).items():
        if name.startswith("__"):
            continue
        if isinstance(value, type):
            public = {part for part in vars(value) if not part.startswith("__")}
            assert public <= classes[name], (name, public - classes[name])
        else:
            assert name in functions, name
    assert functions <= set(vars(_gradus))


def test_everything_public_is_documented():
    for name in gradus.__all__:
        value = getattr(gradus, name)
        if callable(value):
            assert inspect.getdoc(value), name
    for name, value in vars(gradus.Tensor).items():
        if not name.startswith("_") and callable(value):
            assert inspect.getdoc(value), name


def test_the_package_is_typed():
    assert STUB.with_name("py.typed").exists()
