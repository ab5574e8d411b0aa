"""The typed stubs name what is there, and nothing else; everything public is documented."""

import ast
import inspect
import os
import pathlib
import subprocess
import sys

import pytest

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


RIGHT = """
import gradus
import gradus.nn.functional as F
from gradus import Value, nn, optim
from gradus.micrograd.nn import MLP

b = (Value(2.0, label="a") * 3 + 1).tanh()
b.backward()
width: float = b.data + b.grad
score = MLP(2, [4, 1])([Value(1.0), 2.0])
t = gradus.randn((3, 4), requires_grad=True)
loss = F.cross_entropy(t @ gradus.ones(4, 5), gradus.tensor([0, 1, 2]))
loss.backward()
layer = nn.Sequential(nn.Linear(4, 5), nn.Tanh())
optim.AdamW(layer.parameters(), lr=1e-3).step()
with gradus.no_grad():
    t += 1
shape: tuple[int, ...] = t[0, 1:].mean(0, keepdim=True).shape
run = gradus.train("iris", steps=10)
steps, values = run.history["loss"]
texts: list[str] = run.sample(3, prompt="an")
picture: str = run.confusion().svg()
"""
WRONG = """
import gradus
text: str = gradus.zeros(3)
gradus.nn.Linear("a", 3)
gradus.train("mlp", steps="many")
"""


def test_mypy_knows_the_package(tmp_path):
    pytest.importorskip("mypy")

    def check(code):
        (tmp_path / "small.py").write_text(code)
        command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "small.py"]
        environment = {**os.environ, "MYPYPATH": str(pathlib.Path(gradus.__file__).parent.parent)} if "site-packages" not in gradus.__file__ else None
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment).stdout

    assert "Success" in (told := check(RIGHT)), told
    told = check(WRONG)
    assert all(f"small.py:{line}: error" in told for line in (3, 4, 5)), told
