def load(folder="."):
    """The model with its parameters, and what config.json says."""
    from safetensors.torch import load_file

    folder = pathlib.Path(folder)
    config = json.loads((folder / "config.json").read_text())
    model = Model(**config["model"])
    model.load_state_dict(load_file(folder / "model.safetensors"))
    return model.eval(), config


@torch.no_grad()
def generate(model, tokens, count, temperature=1.0):
    """Goes on with `tokens` [B, T] by `count` more."""
    for _ in range(count):
        logits = model.next(tokens) / temperature
        tokens = torch.cat([tokens, torch.multinomial(F.softmax(logits, dim=-1), 1)], dim=1)
    return tokens


if __name__ == "__main__":  # python model.py: five texts of its own
    here = pathlib.Path(__file__).resolve().parent
    model, _ = load(here)
    tokenizer = json.loads((here / "tokenizer.json").read_text())
    mark = tokenizer["mark"]  # stands before and after a text; a running text has none
    for text in generate(model, torch.full((5, 1), mark or 0), 60 if mark is None else 30).tolist():
        text = text[1:] if mark is None else text[1 : (text + [mark]).index(mark, 1)]
        print("".join(tokenizer["pieces"][token] for token in text))
