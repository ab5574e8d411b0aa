"""What is changed in place, through what, and when: programs that read the same for Gradus and PyTorch.

`fixtures/make_in_place.py` runs them with PyTorch and stores what comes out, `test_in_place.py` runs them with Gradus and
compares.
"""


def numbers(lib, *shape, start=0):
    count = 1
    for n in shape:
        count *= n
    return lib.tensor([((start + 7 * i) % 23 - 11) / 8 + 0.05 for i in range(count)]).view(*shape)


def of(lib, v, start=5):
    """A leaf of the shape of `v` that requires a gradient."""
    y = numbers(lib, *v.shape, start=start).clone()
    return y.requires_grad_()


# name: (the view, the same where PyTorch refuses changes in place: views of which one call makes several)
VIEWS = {
    "itself": (lambda x: x,),
    "select": (lambda x: x[1],),
    "select of the last axis": (lambda x: x[:, -2],),
    "select()": (lambda x: x.select(1, 2),),
    "slice": (lambda x: x[1:3],),
    "slice with step": (lambda x: x[::2, 1::3],),
    "ellipsis": (lambda x: x[..., 4],),
    "new axis": (lambda x: x[:, None, 1:],),
    "nested": (lambda x: x[2][1:][1:4],),
    "nested, turned": (lambda x: x[1:3].t()[2:],),
    "t": (lambda x: x.t(),),
    "T": (lambda x: x.T,),
    "mT": (lambda x: x.mT,),
    "transpose": (lambda x: x.transpose(0, 1),),
    "permute": (lambda x: x.view(2, 2, 6).permute(2, 0, 1),),
    "view": (lambda x: x.view(-1),),
    "view of a view": (lambda x: x.view(2, 12)[1].view(3, 4),),
    "view_as": (lambda x: x.view_as(x.view(3, 8)),),
    "reshape": (lambda x: x.reshape(3, 8),),
    "reshape that copies": (lambda x: x.t().reshape(-1),),
    "flatten": (lambda x: x.flatten(),),
    "squeeze": (lambda x: x[1:2].squeeze(0),),
    "unsqueeze": (lambda x: x.unsqueeze(1),),
    "narrow": (lambda x: x.narrow(1, 1, 3),),
    "diagonal": (lambda x: x.diagonal(),),
    "diagonal above": (lambda x: x.diagonal(1),),
    "expand": (lambda x: x[:1].expand(3, 6),),
    "chunk": (lambda x: x.chunk(2)[0], lambda x: x[:2]),
    "chunk of axis 1": (lambda x: x.chunk(4, 1)[2], lambda x: x[:, 4:]),
    "split": (lambda x: x.split(3)[1], lambda x: x[3:]),
    "split by sizes": (lambda x: x.split([1, 3], 0)[1], lambda x: x[1:]),
    "unbind": (lambda x: x.unbind(1)[3], lambda x: x[:, 3]),
    "iteration": (lambda x: list(x)[2], lambda x: x[2]),
}


def assign(v, index, value):
    v[index] = value


def gain(v, index, value):
    v[index] += value


def scale(v, index, value):
    v[index] *= value


def iadd(v, value):
    v += value


def imul(v, value):
    v *= value


def isub(v, value):
    v -= value


def idiv(v, value):
    v /= value


def ipow(v, value):
    v **= value


def imod(v, value):
    v %= value


def ifloordiv(v, value):
    v //= value


# name: (change(v, y), whether y, which has a gradient, is used). y has the shape of v.
METHODS = {
    "mul_": (lambda v, y: v.mul_(2), False),
    "mul_ y": (lambda v, y: v.mul_(y), True),
    "add_": (lambda v, y: v.add_(3), False),
    "add_ y": (lambda v, y: v.add_(y), True),
    "add_ y, alpha": (lambda v, y: v.add_(y, alpha=0.5), True),
    "add_ y, broadcast": (lambda v, y: v.add_(y.flatten()[0]), True),
    "sub_": (lambda v, y: v.sub_(1.5), False),
    "sub_ y": (lambda v, y: v.sub_(y), True),
    "div_": (lambda v, y: v.div_(4), False),
    "div_ y": (lambda v, y: v.div_(y + 3), True),
    "fill_": (lambda v, y: v.fill_(7), False),
    "fill_ y": (lambda v, y: v.fill_(y.flatten()[1]), True),
    "zero_": (lambda v, y: v.zero_(), False),
    "copy_": (lambda v, y: v.copy_(y.detach() * 2), False),
    "copy_ y": (lambda v, y: v.copy_(y), True),
    "clamp_": (lambda v, y: v.clamp_(-0.5, 0.6), False),
    "masked_fill_": (lambda v, y: v.masked_fill_(y.detach() > 0, -2.0), False),
    "relu_": (lambda v, y: v.relu_(), False),
    "exp_": (lambda v, y: v.exp_(), False),
    "tanh_": (lambda v, y: v.tanh_(), False),
    "sigmoid_": (lambda v, y: v.sigmoid_(), False),
    "neg_": (lambda v, y: v.neg_(), False),
    "abs_": (lambda v, y: v.abs_(), False),
    "square_": (lambda v, y: v.square_(), False),
    "pow_": (lambda v, y: v.pow_(3), False),
    "sin_": (lambda v, y: v.sin_(), False),
    "cos_": (lambda v, y: v.cos_(), False),
    "reciprocal_": (lambda v, y: v.reciprocal_(), False),
    "tan_": (lambda v, y: v.tan_(), False),
    "erf_": (lambda v, y: v.erf_(), False),
    "expm1_": (lambda v, y: v.expm1_(), False),
    "floor_": (lambda v, y: v.floor_(), False),
    "ceil_": (lambda v, y: v.ceil_(), False),
    "round_": (lambda v, y: v.round_(), False),
    "trunc_": (lambda v, y: v.trunc_(), False),
    "sign_": (lambda v, y: v.sign_(), False),
    "abs_ log1p_ log2_": (lambda v, y: v.abs_().log1p_().log2_(), False),
    "abs_ log10_": (lambda v, y: v.abs_().log10_(), False),
    "abs_ sqrt_": (lambda v, y: v.abs_().sqrt_(), False),
    "abs_ log_": (lambda v, y: v.abs_().log_(), False),
    "+= y": (lambda v, y: iadd(v, y), True),
    "-= number": (lambda v, y: isub(v, 2), False),
    "*= y": (lambda v, y: imul(v, y), True),
    "/= number": (lambda v, y: idiv(v, 2), False),
    "**= number": (lambda v, y: ipow(v, 2), False),
    "%= number": (lambda v, y: imod(v, 0.7), False),
    "//= number": (lambda v, y: ifloordiv(v, 0.7), False),
    "all = number": (lambda v, y: assign(v, ..., 5), False),
    "all = y": (lambda v, y: assign(v, ..., y), True),
    # PyTorch takes `v[:] += y` for a change of `v` as a leaf where `v` was untracked.
    "all += y": (lambda v, y: v.add_(y) if type(v).__module__ == "torch" else gain(v, slice(None), y), True),
    "first = number": (lambda v, y: assign(v, 0, 5), False),
    "first = y": (lambda v, y: assign(v, 0, y[0]), True),
    "last += y": (lambda v, y: gain(v, -1, y[-1]), True),
    "last *= y": (lambda v, y: scale(v, -1, y[-1]), True),
    "slice *= number": (lambda v, y: scale(v, slice(0, None, 2), 3), False),
    "mask = number": (lambda v, y: assign(v, v.detach() > 0, 0.25), False),
    "mask = y": (lambda v, y: assign(v, y.detach() > 0, y.flatten()[0]), True),
    "tril_": (lambda v, y: v.tril_() if v.dim() == 2 else v.add_(y), True),
    "triu_": (lambda v, y: v.triu_(1) if v.dim() == 2 else v.mul_(y), True),
    "positions = y": (lambda v, y: assign(v, [0, -1], y[[0, 0]]), True),
    "positions += number": (lambda v, y: gain(v, [0, 0], 1.5), False),
    "positions += y": (lambda v, y: gain(v, [0, 0], y[[0, -1]]), True),
    "twice": (lambda v, y: (v.add_(y), v.mul_(2), v.sub_(y)), True),
}

# Those that are tried through every view and in every state; the others through a few.
CORE = ["mul_", "mul_ y", "add_ y", "fill_", "copy_ y", "zero_", "all = y", "+= y", "first = y", "last += y", "exp_"]
FEW = ["itself", "select", "slice with step", "t", "view of a view", "split"]


def state_result(lib, view, change):
    w = numbers(lib, 4, 6).requires_grad_()
    h = w * 1
    return w, h, view(h), change, True


def state_untracked(lib, view, change):
    h = numbers(lib, 4, 6).clone()
    return None, h, view(h), change, True


def state_leaf_with_gradient(lib, view, change):
    w = numbers(lib, 4, 6).clone().requires_grad_()
    return w, w, view(w), change, True


def state_no_grad(lib, view, change):
    w = numbers(lib, 4, 6).requires_grad_()
    h = w * 1
    with lib.no_grad():
        return w, h, view(h), change, False


def state_no_grad_on_a_view_from_outside(lib, view, change):
    w = numbers(lib, 4, 6).requires_grad_()
    h = w * 1
    return w, h, view(h), change, False


def state_leaf_in_no_grad(lib, view, change):
    w = numbers(lib, 4, 6).clone().requires_grad_()
    with lib.no_grad():
        return w, w, view(w), change, False


def state_data_of_a_result(lib, view, change):
    w = numbers(lib, 4, 6).requires_grad_()
    h = w * 1
    return w, h, view(h.data), change, True


def state_data_of_a_leaf(lib, view, change):
    w = numbers(lib, 4, 6).clone().requires_grad_()
    return w, w, view(w.data), change, True


def state_detached_result(lib, view, change):
    w = numbers(lib, 4, 6).requires_grad_()
    h = w * 1
    return w, h, view(h.detach()), change, True


def state_detached_leaf(lib, view, change):
    w = numbers(lib, 4, 6).clone().requires_grad_()
    return w, w, view(w.detach()), change, True


STATES = {
    name.removeprefix("state_").replace("_", " "): f for name, f in list(globals().items()) if name.startswith("state_")
}


MADE_IN_NO_GRAD = {"no grad", "leaf in no grad"}


def cases():
    for method in METHODS:
        for view in VIEWS if method in CORE else FEW:
            for state in STATES:
                if method.startswith("//=") and state == "result":
                    continue  # PyTorch has no gradient for it; here it is 0, as that of floor.
                yield f"{method} | {view} | {state}"


def run(lib, case, refusals, as_torch=False):
    """The numbers and gradients after a change, or why it was refused."""
    method, view, state = case.split(" | ")
    change, used = METHODS[method]
    view = VIEWS[view][-1 if as_torch else 0]
    w, h, v, change, recorded = STATES[state](lib, view, change)
    sibling = h[1:, ::2]
    y = of(lib, v)
    try:
        if recorded:
            change(v, y)
        else:
            with lib.no_grad():
                change(v, y)
    except refusals as error:
        return {"refused": str(error)}
    if state in MADE_IN_NO_GRAD:
        # PyTorch refuses to read such a view's history.
        v = v.detach()
    out = {"h": h.tolist(), "v": v.tolist(), "sibling": sibling.tolist(), "tracked": [h.requires_grad, v.requires_grad]}
    loss = sum((x * numbers(lib, *x.shape, start=3 * i)).sum() for i, x in enumerate((h, v, sibling)))
    if loss.requires_grad:
        try:
            loss.backward()
        except refusals as error:
            return {"refused": str(error)}
    for name, leaf in (("w", w), ("y", y)):
        if leaf is not None and leaf.grad is not None:
            out[f"d{name}"] = leaf.grad.tolist()
    return out
