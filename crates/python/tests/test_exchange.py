"""Runs taken to PyTorch, safetensors and TensorBoard, GPT-2 models taken in, and files that mean harm."""

import importlib
import json
import os
import pickle
import runpy
import struct
import subprocess
import sys
import zipfile

import pytest

import gradus

np = pytest.importorskip("numpy")

SMALL = {"model_width": 16, "model_layers": 2, "model_heads": 2, "model_dropout": 0.0, "batch": 8}
TINY = {"steps": 40, "model_embedding": 6, "model_hidden": 12}
ADAM = {"set": {"optimizer.kind": "adam", "optimizer.weight_decay": 0.01, "schedule.kind": "constant", "schedule.lr": 0.003}}
RUNS = {
    "transformer": ("transformer", {**SMALL, "steps": 30, "data_block_size": 16}),
    "gpt": ("gpt", {**SMALL, "steps": 30, "data_block_size": 16, "set": {"split.dev": 0.01}}),
    "mlp": ("mlp", {"steps": 50, "model_hidden": 20}),
    "momentum": ("mlp", {"steps": 50, "model_hidden": 20, "optimizer_momentum": 0.9, "set": {"rng": "torch"}}),
    "nesterov": ("mlp", {**TINY, "optimizer_momentum": 0.9, "optimizer_nesterov": True, "optimizer_weight_decay": 1e-3, "clip": 0.5}),
    "adam": ("mlp", {**TINY, **ADAM}),
    "bigram": ("bigram", {"steps": 20}),
    "mlp-batchnorm": ("mlp-batchnorm", TINY),
    "batchnorm-adam": ("mlp-batchnorm", {**TINY, **ADAM}),
    "mlp-manual": ("mlp-manual", TINY),
    "deep": ("deep", {**TINY, "model_layers": 3}),
    "deep-batchnorm": ("deep-batchnorm", {**TINY, "model_layers": 3}),
    "wavenet": ("wavenet", TINY),
    "wavenet-flat": ("wavenet-flat", TINY),
    "wavenet-places": ("wavenet-places", TINY),
    "window-mlp": ("window-mlp", {**TINY, "data_block_size": 4}),
    "bow": ("bow", TINY),
    "rnn": ("rnn", {**TINY, "accumulate": 2}),
    "gru": ("gru", {**TINY, **ADAM}),
    "lstm": ("lstm", TINY),
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def runs(home, tmp_path_factory):
    text = tmp_path_factory.mktemp("data") / "text.txt"
    rng = np.random.default_rng(0)
    text.write_text("".join(" " if rng.random() < 0.2 else "abcdef"[rng.integers(6)] for _ in range(20_000)))
    made = {}
    for name, (recipe, keys) in RUNS.items():
        keys = {**keys, **({"data": str(text)} if recipe == "gpt" else {})}
        keys = {**keys, "set": {**keys.get("set", {}), **({"data.kind": "text"} if recipe == "gpt" else {})}}
        made[name] = gradus.train(recipe, name=name, home=home, progress=False, **keys)
    return made


@pytest.mark.parametrize("name", RUNS)
def test_pytorch_goes_on_from_exactly_there(name, runs, tmp_path, monkeypatch, capsys):
    torch = pytest.importorskip("torch")
    folder = runs[name].export("pytorch", tmp_path / "out")
    with pytest.raises(ValueError, match="is there already"):
        runs[name].export("pytorch", folder)

    monkeypatch.delitem(sys.modules, "model", raising=False)
    monkeypatch.syspath_prepend(folder)
    model, config = importlib.import_module("model").load(folder)
    tokens = np.random.default_rng(1).integers(0, 7, size=(3, config["training"]["block"])).tolist()
    ours = runs[name].model()(tokens)
    np.testing.assert_allclose(model(torch.tensor(tokens)).detach().numpy(), np.array(ours.tolist()), atol=1e-5)

    trained = folder / "trained.safetensors"
    monkeypatch.setattr(sys, "argv", ["train.py", "--steps", "10", "--out", str(trained)])
    runpy.run_path(str(folder / "train.py"), run_name="__main__")
    assert len(of_steps(capsys.readouterr().out)) == 10
    # Gradus's own next ten steps lead to the same parameters and running statistics.
    gradus.resume(runs[name], steps=runs[name].about["step"] + 10, home=runs[name]._home, progress=False)
    trained = pytest.importorskip("safetensors.numpy").load_file(trained)
    own = runs[name].model().state_dict()
    assert set(own) == set(trained)
    for key, value in trained.items():
        linear = len(own[key].shape) == 2 and key.split(".")[0] not in ("token", "position", "embedding", "logits", "start")
        np.testing.assert_allclose(value, (own[key].T if linear else own[key]).numpy(), atol=1e-4)


def of_steps(output):
    return [float(line.split()[-1]) for line in output.splitlines() if line.startswith("step ")]


def losses(folder, command, **environment):
    out = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, **environment}, timeout=300)
    assert out.returncode == 0, out.stderr
    return of_steps(out.stdout)


# Batch normalisation among them: the processes normalise with the statistics of the whole batch.
@pytest.mark.parametrize("name", ["transformer", "mlp", "mlp-batchnorm", "wavenet-places"])
def test_two_processes_have_the_losses_of_one(name, runs, tmp_path):
    pytest.importorskip("torch")
    folder = runs[name].export("pytorch", tmp_path / "out")
    alone = losses(folder, [sys.executable, "train.py", "--steps", "5", "--out", "alone.safetensors"])
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", "train.py", "--steps", "5"]
    together = losses(folder, launch, OMP_NUM_THREADS="1")
    assert together == pytest.approx(alone, abs=1e-5)
    read = pytest.importorskip("safetensors.numpy").load_file
    one, two = read(folder / "alone.safetensors"), read(folder / "trained.safetensors")
    for key in one:
        np.testing.assert_allclose(two[key], one[key], atol=1e-5)


def test_the_exported_model_writes(runs, tmp_path):
    pytest.importorskip("torch")
    folder = runs["gru"].export("pytorch", tmp_path / "out")
    out = subprocess.run([sys.executable, "model.py"], cwd=folder, capture_output=True, text=True, check=True)
    assert len(out.stdout.splitlines()) == 5 and out.stdout.replace("\n", "").isalpha()


def test_a_counted_model_has_nothing_to_train_on(home, tmp_path):
    run = gradus.train("bigram-counts", home=home, progress=False)
    with pytest.raises(ValueError, match="to safetensors"):
        run.export("pytorch", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_safetensors_are_read_by_the_package_of_that_name(runs, tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy")
    path = runs["mlp"].export("safetensors", tmp_path / "m.safetensors")
    read = safetensors.load_file(path)
    for name, value in runs["mlp"].model().state_dict().items():
        assert (read[name] == value.numpy()).all()


def test_tensorboards_own_reader(runs, tmp_path):
    events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    folder = runs["mlp"].export("tensorboard", tmp_path / "events")
    read = events.EventAccumulator(str(folder)).Reload()
    steps, values = runs["mlp"].history["loss"]
    loss = read.Scalars("loss")
    assert [e.step for e in loss] == steps.tolist() and [e.value for e in loss] == pytest.approx(values.tolist(), rel=1e-6)
    weights = read.Histograms("parameters/hidden.weight")[-1].histogram_value
    assert weights.num == 600 and sum(weights.bucket) == 600
    assert b"hidden = 20" in read.Tensors("recipe/text_summary" if "recipe/text_summary" in read.Tags()["tensors"] else "recipe")[0].tensor_proto.string_val[0]


def ask(run, tokens):
    return np.array(run.model()(tokens).tolist())


@pytest.mark.parametrize("form", ["safetensors", "bin"])
def test_hugging_face(form, home, tmp_path):
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    torch.manual_seed(0)
    config = transformers.GPT2Config(vocab_size=100, n_positions=32, n_embd=24, n_layer=2, n_head=3)
    model = transformers.GPT2LMHeadModel(config).eval()
    model.save_pretrained(tmp_path)
    if form == "bin":
        (tmp_path / "model.safetensors").unlink()
        torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    run = gradus.import_model(tmp_path, name=f"hf-{form}", home=home)
    tokens = np.random.default_rng(0).integers(0, 100, size=(2, 20)).tolist()
    with torch.no_grad():
        expected = model(torch.tensor(tokens)).logits.numpy()
    np.testing.assert_allclose(ask(run, tokens), expected, atol=1e-4)
    assert len(run.sample(1, length=5, seed=1)) == 1


@pytest.mark.parametrize("form", ["tokenizer.json", "vocab.json"])
def test_hugging_face_with_its_own_byte_pairs(form, home, tmp_path):
    transformers, tokenizers = pytest.importorskip("transformers"), pytest.importorskip("tokenizers")
    text = "the quick brown fox jumps over the lazy dog, and the dog is not amused at all. " * 20
    pairs = tokenizers.ByteLevelBPETokenizer()
    pairs.train_from_iterator([text], vocab_size=300, special_tokens=["<|endoftext|>"], show_progress=False)
    if form == "tokenizer.json":
        pairs.save(str(tmp_path / form))
    else:
        pairs.save_model(str(tmp_path))
    config = transformers.GPT2Config(vocab_size=pairs.get_vocab_size(), n_positions=32, n_embd=24, n_layer=1, n_head=3)
    transformers.GPT2LMHeadModel(config).save_pretrained(tmp_path)
    run = gradus.import_model(tmp_path, name=f"pairs-{form}", home=home)
    for words in ("the lazy fox, brown", "zoë 北京 🙂", " two  blanks\n"):
        assert run.model().encode(words) == pairs.encode(words).ids
        assert run.model().decode(pairs.encode(words).ids) == words
    assert len(run.sample(2, length=8, seed=1)) == 2
    (tmp_path / "text.txt").write_text(text)
    assert 1 < run.evaluate(data=str(tmp_path / "text.txt"))["loss"] < 20
    with pytest.raises(ValueError, match="imported without data"):
        gradus.import_model(tmp_path, data=str(tmp_path / "text.txt"), home=home)


def nano_gpt(torch, vocabulary=65, block=16, width=16, layers=2, heads=2, bias=False):
    """Parameters under nanoGPT's names, and the model's logits in plain PyTorch."""
    torch.manual_seed(1)
    state = {"transformer.wte.weight": torch.randn(vocabulary, width), "transformer.wpe.weight": torch.randn(block, width)}
    for i in range(layers):
        h = f"transformer.h.{i}."
        state |= {
            f"{h}ln_1.weight": torch.randn(width), f"{h}ln_2.weight": torch.randn(width),
            f"{h}attn.c_attn.weight": torch.randn(3 * width, width) / 4, f"{h}attn.c_proj.weight": torch.randn(width, width) / 4,
            f"{h}attn.bias": torch.tril(torch.ones(block, block)).view(1, 1, block, block),
            f"{h}mlp.c_fc.weight": torch.randn(4 * width, width) / 4, f"{h}mlp.c_proj.weight": torch.randn(width, 4 * width) / 4,
        }  # fmt: skip
    state["transformer.ln_f.weight"] = torch.randn(width)
    state["lm_head.weight"] = state["transformer.wte.weight"]

    def logits(tokens):
        F, s = torch.nn.functional, lambda name: state[f"transformer.{name}.weight"]
        x = s("wte")[tokens] + s("wpe")[: tokens.shape[1]]
        for i in range(layers):
            q, k, v = F.linear(F.layer_norm(x, (width,), s(f"h.{i}.ln_1")), s(f"h.{i}.attn.c_attn")).split(width, dim=-1)
            q, k, v = (t.view(*t.shape[:2], heads, width // heads).transpose(1, 2) for t in (q, k, v))
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(x.shape)
            x = x + F.linear(y, s(f"h.{i}.attn.c_proj"))
            h = F.gelu(F.linear(F.layer_norm(x, (width,), s(f"h.{i}.ln_2")), s(f"h.{i}.mlp.c_fc")))
            x = x + F.linear(h, s(f"h.{i}.mlp.c_proj"))
        return F.linear(F.layer_norm(x, (width,), s("ln_f")), state["lm_head.weight"])

    return state, logits


def test_nano_gpt_with_its_characters(home, tmp_path):
    torch = pytest.importorskip("torch")
    state, logits = nano_gpt(torch)
    arguments = {"n_layer": 2, "n_head": 2, "n_embd": 16, "block_size": 16, "bias": False, "vocab_size": 65, "dropout": 0.0}
    saved = {"model": {f"_orig_mod.{k}": v for k, v in state.items()}, "model_args": arguments, "iter_num": 7, "config": {"lr": 1e-3, "name": "x"}}
    torch.save(saved, tmp_path / "ckpt.pt")
    characters = sorted(set("\n !$&',-.3:;?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
    meta = {"vocab_size": 65, "itos": dict(enumerate(characters)), "stoi": {c: i for i, c in enumerate(characters)}}
    (tmp_path / "meta.pkl").write_bytes(pickle.dumps(meta))
    run = gradus.import_model(tmp_path / "ckpt.pt", name="nano", home=home)
    tokens = [run.model().encode("To be, or not to")]
    np.testing.assert_allclose(ask(run, tokens), logits(torch.tensor(tokens)).numpy(), atol=1e-4)
    assert run.sample(1, prompt="To be", length=20, seed=1)[0].startswith("To be")


class Bomb:
    def __reduce__(self):
        return os.system, ("touch exploded",)


def zipped(path, pickled, **files):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
        for name, data in files.items():
            archive.writestr(f"archive/data/{name}", data)
    return path


def header(text, data=b""):
    return struct.pack("<Q", len(text)) + text + data


def entry(shape, start, end, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


HARMFUL = {
    "pickle that runs": lambda p: zipped(p, pickle.dumps({"a": Bomb()})),
    "pickle that runs, protocol 2": lambda p: zipped(p, pickle.dumps({"a": Bomb()}, protocol=2)),
    "pickle of a class": lambda p: zipped(p, pickle.dumps(ValueError("x"))),
    "pickle cut short": lambda p: zipped(p, pickle.dumps({"a": [1, 2, 3]})[:-4]),
    "pickle with a length of 2**63": lambda p: zipped(p, b"\x80\x04\x8d" + struct.pack("<Q", 2**63 - 1) + b"x."),
    "zip without a pickle": lambda p: zipfile.ZipFile(p, "w").writestr("readme", "hello") or p,
    "zip cut short": lambda p: p.write_bytes(zipped(p, pickle.dumps({})).read_bytes()[:30]) and p,
    "bare pickle": lambda p: p.write_bytes(pickle.dumps({"a": Bomb()})) and p,
    "header of 2**63 bytes": lambda p: p.write_bytes(struct.pack("<Q", 2**63) + b"{}") and p,
    "header beyond the end": lambda p: p.write_bytes(struct.pack("<Q", 10_000) + b"{}") and p,
    "offsets out of range": lambda p: p.write_bytes(header(json.dumps({"a": entry([1000], 0, 4000)}).encode(), b"\0" * 8)) and p,
    "overlapping offsets": lambda p: p.write_bytes(header(json.dumps({"a": entry([2], 0, 8), "b": entry([2], 4, 12)}).encode(), b"\0" * 12)) and p,
    "shape of 2**64": lambda p: p.write_bytes(header(json.dumps({"a": entry([2**32, 2**32], 0, 8)}).encode(), b"\0" * 8)) and p,
    "no json": lambda p: p.write_bytes(header(b"not json at all")) and p,
    "nothing": lambda p: p.write_bytes(b"") or p,
    "another model": lambda p: p.write_bytes(header(json.dumps({"a": entry([2], 0, 8)}).encode(), b"\0" * 8)) and p,
    "no such file": lambda p: p,
}


@pytest.mark.parametrize("kind", HARMFUL)
def test_files_that_mean_harm(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = HARMFUL[kind](tmp_path / "model.pt")
    with pytest.raises((ValueError, RuntimeError)) as caught:
        gradus.import_model(path, home=tmp_path / "home")
    assert "model.pt" in str(caught.value) and "\n" not in str(caught.value)
    assert not (tmp_path / "exploded").exists()
    assert not (tmp_path / "home").exists()


def test_a_tensor_that_repeats_numbers_does_not_grow(tmp_path):
    torch = pytest.importorskip("torch")
    torch.save({"wte.weight": torch.zeros(1).expand(10**6, 10**6)}, tmp_path / "model.pt")
    with pytest.raises(ValueError, match="reaches beyond its 1 numbers"):
        gradus.import_model(tmp_path / "model.pt", home=tmp_path / "home")


@pytest.mark.parametrize(("name", "text"), [("tokenizer.json", "[]"), ("tokenizer.json", "{"), ("vocab.json", '"x"'), ("meta.pkl", "junk"), ("config.json", "{")])
def test_a_tokenizer_of_the_wrong_kind(name, text, tmp_path):
    torch = pytest.importorskip("torch")
    state, _ = nano_gpt(torch)
    torch.save({"model": state, "model_args": {"n_head": 2}}, tmp_path / "ckpt.pt")
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=name):
        gradus.import_model(tmp_path / "ckpt.pt", home=tmp_path / "home")
