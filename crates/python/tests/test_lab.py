"""Recipes, runs, sampling, diagnostics; a run's model opened up."""

import json
import re

import pytest

import gradus

np = pytest.importorskip("numpy")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def run(home):
    return gradus.train("mlp", steps=200, model_hidden=20, name="first", home=home, progress=False)


def test_training_records_a_run(run, home):
    assert run.name == "first" and run.summary["steps"] == 200 and run.summary["parameters"] < 2000
    assert run.about["status"] == "finished" and "first" in repr(run)
    assert [r.name for r in gradus.runs(home)] == ["first"]
    steps, losses = run.history["loss"]
    assert isinstance(losses, np.ndarray) and len(steps) == len(losses) > 0
    assert run._repr_svg_().startswith("<svg")
    assert "mlp" in gradus.recipes() and "hidden = 200" in gradus.recipes()["mlp"]


def test_a_progress_bar(home, capsys):
    gradus.train("bigram", steps=300, home=home)
    assert re.search(r"300/300 +loss \d", capsys.readouterr().err)


def test_a_run_goes_on(run, home):
    on = gradus.resume(run, steps=220, home=home, progress=False)
    assert on.about["step"] == 220
    with pytest.raises(ValueError, match="above 220"):
        gradus.resume(run, steps=10, home=home, progress=False)


def test_samples_and_figures(run):
    assert run.sample(3, seed=1) == run.sample(3, seed=1) and len(run.sample(3)) == 3
    assert run.sample(1, prompt="an")[0].startswith("an")
    assert 1.5 < run.evaluate()["loss"] < 20
    assert {row["name"] for row in run.inspect()["activations"]} >= {"tanh"}


def test_activations_are_seen_and_replaced(run):
    model = run.model()
    assert str(model).startswith("Mlp") and repr(model) == str(model)
    rows = [line.split() for line in str(model).splitlines()]
    assert rows[1][1:] == ["embedding", "Embedding", "270"] and ["│", "└─", "weight", "[27,", "10]", "270"] in rows
    tokens = [model.encode("ann")]
    logits, seen = model.record(tokens)
    assert logits.shape == (1, 27) and seen["tanh"].shape == (1, 20)
    ablated = model(tokens, replace={"tanh": lambda h: h * 0})
    assert ablated.allclose(model["output.bias"].view(1, -1), atol=1e-6)
    weight = model["output.weight"].clone()
    model["output.weight"] = weight * 0
    assert model(tokens).allclose(model["output.bias"].view(1, -1), atol=1e-6)
    model["output.weight"] = weight
    assert model(tokens).allclose(logits)
    assert model.decode(model.encode("anna")) == "anna"
    with pytest.raises(KeyError, match="`tanhh`; did you mean `tanh`"):
        model(tokens, replace={"tanhh": lambda h: h})
    with pytest.raises(KeyError, match="did you mean `tanh`"):
        model.record(tokens, names=["tan"])
    assert list(model.record(tokens, names=["tanh"])[1]) == ["tanh"]
    with pytest.raises(ZeroDivisionError):
        model(tokens, replace={"tanh": lambda h: 1 / 0})
    with pytest.raises(ValueError, match="gave shape"):
        model(tokens, replace={"tanh": lambda h: h[0]})
    with pytest.raises(KeyError, match="no parameter nothing"):
        model["nothing"]


@pytest.fixture(scope="module")
def iris(home):
    return gradus.train("iris", steps=200, name="flowers", home=home, progress=False)


def test_a_classifier(iris, tmp_path):
    assert iris.summary["recipe"] == "iris" and len(iris.history["loss"]) > 0
    assert iris.evaluate("test")["accuracy"] > 0.85
    model = iris.model()
    told = model.predict([[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]])  # centimetres
    assert told.shape == (2, 3) and told.sum(1).tolist() == pytest.approx([1, 1])
    assert [model.classes[i] for i in told.argmax(1).tolist()] == ["setosa", "virginica"]
    one = iris.predict(np.array([[5.1, 3.5, 1.4, 0.2]]))
    assert one.tolist()[0] == pytest.approx(told[0].tolist())
    seen = iris.confusion("test")
    assert seen.matrix.sum() == 30 and seen.accuracy == pytest.approx(iris.evaluate("test")["accuracy"])
    assert "setosa" in repr(seen) and seen._repr_svg_().startswith("<svg")
    assert seen.save(tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")
    explanation, pictures = iris.explain([5.1, 3.5, 1.4, 0.2])
    assert explanation["says"] == "setosa" and all(p.svg().startswith("<svg") for p in pictures.values())
    assert {"confusion"} <= set(iris.pictures())
    logits, activations = model.record([[0.0, 0.0, 0.0, 0.0]])
    assert logits.shape == (1, 3) and activations
    with pytest.raises(ValueError, match=r"\[N, \[4\]\]"):
        model.predict([[1.0, 2.0]])
    with pytest.raises(ValueError, match="classes"):
        iris.sample(1)


def test_pictures_points_and_words(home):
    moons = gradus.train("moons", steps=20, home=home, progress=False)
    assert moons.predict([[0.0, 0.0]]).shape == (1, len(moons.model().classes))
    digits = gradus.train("lenet", steps=2, home=home, progress=False)
    assert digits.predict(np.zeros((2, 1, 8, 8))).shape == (2, 10) and digits.predict(np.zeros((2, 64))).shape == (2, 10)
    words = gradus.train("text-cnn", steps=2, home=home, progress=False)
    assert words.predict(["anna", "bob"]).sum(1).tolist() == pytest.approx([1, 1])
    plane = gradus.train("plane", steps=2, home=home, progress=False)
    assert len(plane.predict(np.zeros((3, 2)))) == 3


def test_a_language_model_tells_no_classes(run):
    assert len(run.pictures()) > 2
    for wrong in (run.confusion, lambda: run.model().classes, lambda: run.predict(["a"]), lambda: run.explain(0)):
        with pytest.raises(ValueError):
            wrong()


def test_interrupted_in_good_order(home, monkeypatch):
    from gradus import lab

    def stop(self, *_):
        raise KeyboardInterrupt

    monkeypatch.setattr(lab._Bar, "__call__", stop)
    with pytest.raises(KeyboardInterrupt):
        gradus.train("mlp", steps=100_000, name="stopped", home=home)
    assert gradus.run("stopped", home).about["status"] == "stopped"


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (lambda home: gradus.train("mpl", home=home), "nearest is mlp"),
        (lambda home: gradus.train("mlp", model_hiden=3, home=home), "nearest is model.hidden"),
        (lambda home: gradus.train("mlp", steps="many", home=home), "steps"),
        (lambda home: gradus.train("mlp", data="no-such-file", home=home), "no-such-file"),
        (lambda home: gradus.run("first", home / "elsewhere"), "no runs"),
        (lambda home: gradus.run("frist", home), "first"),
        (lambda home: gradus.run("first", home).sample(1, temperature=-1), "temperature"),
        (lambda home: gradus.run("first", home).evaluate("all"), "train, dev or test"),
        (lambda home: gradus.run("first", home).export("onnx", home / "x"), "safetensors, pytorch or tensorboard"),
    ],
)
def test_errors(wrong, text, run, home):
    with pytest.raises(ValueError, match=text):
        wrong(home)


def test_a_run_is_kept_by_its_owner(tmp_path):
    own = gradus.train("bigram", steps=3, name="own", home=tmp_path, progress=False)
    assert own.tags == () and own.note == ""
    own.tags = ["wide", "good"]
    own.note = "the first that works"
    again = gradus.run("own", tmp_path)
    assert again.tags == ("good", "wide") and again.note == "the first that works"
    own.tags, own.note = ["good"], ""
    assert again.about["tags"] == ["good"] and again.note == ""
    with pytest.raises(TypeError, match="several words"):
        own.tags = "good"
    with pytest.raises(ValueError, match="cannot be a tag"):
        own.tags = ["two words"]
    assert own.rename("mine") is own and own.name == "mine" and own.tags == ("good",)
    with pytest.raises(ValueError, match="there is no run own"):
        again.delete()
    gradus.train("bigram", steps=3, name="own", home=tmp_path, progress=False)
    with pytest.raises(ValueError, match="already"):
        own.rename("own")
    own.delete()
    assert [run.name for run in gradus.runs(tmp_path)] == ["own"]


def test_frame(run):
    pytest.importorskip("pandas")
    assert "loss" in run.frame().columns


def test_summary_is_plain_data(run):
    assert json.loads(json.dumps(run.summary)) == run.summary
