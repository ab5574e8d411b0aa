"""NumPy's arrays in and out, and the arrays that cannot be tensors."""

import pytest

import gradus

np = pytest.importorskip("numpy")


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool"])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,), (2, 0, 3), (1, 2, 3, 4)])
def test_round_trip(dtype, shape):
    a = np.arange(int(np.prod(shape))).reshape(shape).astype(dtype)
    t = gradus.from_numpy(a)
    assert t.shape == shape and str(t.dtype) == f"gradus.{dtype}"
    back = t.numpy()
    assert back.dtype == a.dtype and back.shape == shape and (back == a).all()
    assert (np.asarray(t) == a).all() and gradus.tensor(a).tolist() == a.tolist()


def test_out_shows_the_same_memory():
    t = gradus.arange(12).view(3, 4)
    a, b = t.numpy(), t.T.numpy()
    assert np.shares_memory(a, b) and b.strides == (8, 32)
    assert not a.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        a[0, 0] = 1
    del t
    assert a[2].tolist() == [8, 9, 10, 11]


def test_an_array_stays_as_it_is_when_the_tensor_changes():
    t = gradus.ones(3)
    a = t.numpy()
    t += 1
    assert a.tolist() == [1, 1, 1] and t.tolist() == [2, 2, 2]


def test_from_numpy_shows_the_arrays_own_memory():
    a = np.arange(6.0).reshape(2, 3)
    t = gradus.from_numpy(a)
    a[0, 0] = 7
    assert t[0, 0].item() == 7 and t.sum().item() == a.sum()
    t[1, 2] = -1
    t += 1
    t[0].mul_(2)
    t.data -= 1
    with gradus.no_grad():
        t.copy_(t + 9)
    t.add_(gradus.ones(2, 3, dtype=gradus.float64))
    assert a.tolist() == [[25, 13, 15], [13, 14, 9]] and (a == t.numpy()).all()
    assert np.shares_memory(a, t.numpy()) and t.numpy().flags.writeable
    t.numpy()[0, 0] = 3
    assert a[0, 0] == 3 and t[0, 0].item() == 3
    view = gradus.from_numpy(a.T[::-1])
    a[0, 2] = 40
    assert view[0, 0].item() == 40 and np.shares_memory(view.numpy(), a)
    del a
    assert t[0, 2].item() == 40
    assert not np.shares_memory(gradus.tensor(t.numpy()).numpy(), t.numpy())


def test_two_tensors_over_one_array():
    a = np.arange(4.0)
    t, u = gradus.from_numpy(a[1:]), gradus.from_numpy(a[:-1])
    t += u
    assert a.tolist() == [0, 1, 3, 5]
    t[:] = u
    assert a.tolist() == [0, 0, 1, 3]
    t.data = u  # Shows the other's numbers from here on; those it showed stay as they are.
    assert a.tolist() == [0, 0, 1, 3] and t.tolist() == [0, 0, 1]
    t[0] = 7
    assert a.tolist() == [7, 0, 1, 3]


def test_a_graph_keeps_the_values_it_was_made_from():
    a = np.array([2.0, 3.0])
    t = gradus.from_numpy(a)
    w = gradus.ones(2, dtype=gradus.float64, requires_grad=True)
    loss = (w * t).sum()
    t += 100  # goes to memory of its own: the graph holds the array's
    loss.backward()
    assert w.grad.tolist() == [2, 3] and a.tolist() == [2, 3] and t.tolist() == [102, 103]


def test_read_only_arrays_are_shared_and_never_written():
    a = np.frombuffer(np.arange(3.0).tobytes())
    t = gradus.from_numpy(a)
    assert np.shares_memory(a, t.numpy()) and not t.numpy().flags.writeable
    t += 1
    assert a.tolist() == [0, 1, 2] and t.tolist() == [1, 2, 3]
    own = gradus.from_numpy(gradus.arange(3).numpy())
    own += 1
    assert own.tolist() == [1, 2, 3]


def test_lent_memory_is_given_back():
    import gc
    import sys
    import weakref

    class Watched(np.ndarray):
        pass

    a = np.arange(1000.0).view(Watched)
    gone = weakref.ref(a)
    t = gradus.from_dlpack(a)
    u = (t[10:20] * 2).sum()
    before = sys.getrefcount(a)
    del t, u
    gc.collect()
    assert sys.getrefcount(a) == before - 1
    del a
    assert gone() is None


def test_unaligned_and_odd_strides_are_copied():
    raw = np.zeros(33, dtype="uint8")
    a = raw[1:].view("float64")
    a[:] = [1, 2, 3, 4]
    assert gradus.from_numpy(a).tolist() == [1, 2, 3, 4]
    fields = np.zeros(3, dtype=[("flag", "u1"), ("x", "f4")])
    fields["x"] = [1, 2, 3]
    assert gradus.from_numpy(fields["x"]).tolist() == [1, 2, 3]


def test_negative_and_broadcast_strides():
    a = np.arange(12.0).reshape(3, 4)
    for view in (a[::-1], a[:, ::-2], a.T[::-1], a[1:, 1::2], np.broadcast_to(a[0], (5, 4)), np.asfortranarray(a)):
        t = gradus.from_numpy(view)
        assert t.shape == view.shape and t.tolist() == view.tolist()


def test_other_numbers_are_converted_by_tensor_and_refused_by_from_numpy():
    for kind, dtype in [("int8", "int64"), ("uint16", "int64"), ("int32", "int64"), ("float16", "float32")]:
        a = np.array([1, 2, 3], dtype=kind)
        t = gradus.tensor(a)
        assert str(t.dtype) == f"gradus.{dtype}" and t.tolist() == [1, 2, 3]
        with pytest.raises(TypeError, match="astype"):
            gradus.from_numpy(a)


@pytest.mark.parametrize(
    ("array", "error", "text"),
    [
        (np.array([1.0, 2.0], dtype=">f4"), ValueError, "foreign byte order"),
        (np.array([1, 2], dtype=">i8"), ValueError, "foreign byte order"),
        (np.array([1.0, None], dtype=object), TypeError, "object"),
        (np.array(["a", "b"]), TypeError, "cannot be a tensor"),
        (np.array([1 + 2j]), TypeError, "complex"),
        (np.array(["2020-01-01"], dtype="datetime64[D]"), TypeError, "datetime"),
        (np.zeros(2, dtype=[("x", "f4"), ("y", "i8")]), TypeError, "cannot be a tensor"),
        (np.array([2**63], dtype="uint64"), TypeError, "uint64"),
        (np.zeros((1,) * 9), ValueError, "eight"),
        (np.zeros(2, dtype="float128"), TypeError, "float128"),
    ],
)
def test_arrays_that_cannot_be_tensors(array, error, text):
    for make in (gradus.tensor, gradus.from_numpy):
        with pytest.raises(error, match=text):
            make(array)


def test_what_pretends_to_be_an_array():
    pretender = type("Pretender", (), {"__array_interface__": {"shape": "x"}})()
    for make in (gradus.tensor, gradus.from_numpy):
        with pytest.raises((TypeError, ValueError)):
            make(pretender)
    with pytest.raises(TypeError, match="no NumPy array"):
        gradus.from_numpy([1.0])


def test_operators_with_arrays_and_numpy_numbers():
    t, a = gradus.tensor([1.0, 2.0]), np.array([10.0, 20.0], dtype="float32")
    for result in (t + a, a + t, t + np.float32(9), np.float32(9) + t, np.float64(2) * t, t * np.int64(2), a @ t, a > t):
        assert isinstance(result, gradus.Tensor)
    assert (a - t).tolist() == [9, 18]


def test_a_tensor_with_a_gradient_says_how():
    w = gradus.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="detach"):
        w.numpy()
    assert w.detach().numpy().tolist() == [1, 1] and w.numpy(force=True).tolist() == [1, 1]


def test_dlpack():
    t = gradus.arange(6).view(2, 3)
    assert t.__dlpack_device__() == (1, 0)
    a = np.from_dlpack(t)
    # A copy: nothing keeps a consumer from writing to what it is given.
    assert a.tolist() == t.tolist() and not np.shares_memory(a, t.numpy())
    with pytest.raises(BufferError, match="copy=False"):
        t.__dlpack__(copy=False)
    lent = np.arange(3.0)
    assert np.shares_memory(np.from_dlpack(gradus.from_numpy(lent)), lent)
    assert gradus.from_dlpack(np.arange(6.0)[::2]).tolist() == [0, 2, 4]
    back = gradus.from_dlpack(t.float())
    assert back.dtype == gradus.float32 and back.tolist() == [[0, 1, 2], [3, 4, 5]]
    torch = pytest.importorskip("torch")
    there = torch.from_dlpack(t.T)
    assert there.tolist() == t.T.tolist()
    x = gradus.tensor([2.0, 3.0], requires_grad=True)
    y = (x * x).sum()
    torch.from_dlpack(x.detach())[0] = 100
    y.backward()
    assert x.grad.tolist() == [4, 6] and x.tolist() == [2, 3]
    assert gradus.from_dlpack(torch.ones(2, 3).T).shape == (3, 2)
    assert gradus.as_tensor(torch.tensor([True, False])).tolist() == [True, False]
    with pytest.raises(BufferError, match="kind 5"):
        gradus.from_dlpack(torch.ones(2, dtype=torch.complex64))
    theirs = torch.zeros(3)
    ours = gradus.from_dlpack(theirs)
    theirs[0] = 5
    ours[1] = 6
    assert ours.tolist() == theirs.tolist() == [5, 6, 0]
    with pytest.raises((BufferError, RuntimeError)):
        gradus.from_dlpack(torch.zeros(2, requires_grad=True))
    assert gradus.as_tensor(torch.zeros(2, requires_grad=True)).tolist() == [0, 0]


def test_a_capsule_is_taken_once():
    a = np.arange(3.0)
    capsule = a.__dlpack__()
    holder = type("Holder", (), {"__dlpack__": lambda self, **_: capsule, "__dlpack_device__": lambda self: (1, 0)})()
    assert gradus.from_dlpack(holder).tolist() == [0, 1, 2]
    with pytest.raises(BufferError, match="taken before"):
        gradus.from_dlpack(holder)
    with pytest.raises(TypeError, match="does not speak DLPack"):
        gradus.from_dlpack([1.0])
    with pytest.raises(TypeError):
        gradus.from_dlpack([1, 2])
