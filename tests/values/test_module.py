"""tf.Module finds what it holds; tf.name_scope names it."""

from __future__ import annotations

import collections
import copy
import pickle
import threading

import pytest

import autograd_c as tf


def variable(name, **arguments):
    return tf.Variable(1.0, name=name, **arguments)


def names(things):
    return [thing.name.removesuffix(":0") for thing in things]


class Holder(tf.Module):
    def __init__(self, name=None):
        super().__init__(name)
        self.z = variable("z")
        self.a = [variable("a0"), {"k2": variable("k2"), "k1": variable("k1", trainable=False)}]
        self.t = (variable("t"), self.z)


class Tree(tf.Module):
    def __init__(self):
        super().__init__()
        self.m2 = Holder("second")
        self.b = variable("b")
        self.m1 = [Holder("first"), {"x": (Holder("third"),)}]
        self.itself = self
        self.number = 3


HOLDER = ["a0", "k1", "k2", "t", "z"]


def test_variables_are_found_in_tensorflows_order():
    tree = Tree()
    assert names(tree.variables) == ["b", *HOLDER, *HOLDER, *HOLDER]
    assert names(tree.submodules) == ["first", "third", "second"]
    assert names(tree.trainable_variables) == ["b", *["a0", "k2", "t", "z"] * 3]
    assert names(tree.non_trainable_variables) == ["k1"] * 3
    assert type(tree.variables) is tuple and type(tree.submodules) is tuple
    assert tree.variables[1] is tree.m1[0].a[0]


def test_what_is_shared_is_found_once():
    tree = tf.Module("tree")
    inner = tf.Module("inner")
    inner.v = variable("v")
    inner.parent = tree
    tree.parts, tree.again, tree.direct = [inner, inner], {"i": inner}, inner.v
    assert tree.variables == (inner.v,) or [*tree.variables][0] is inner.v
    assert len(tree.variables) == 1
    assert tree.submodules == (inner,)
    assert inner.submodules == (tree,)


def test_kinds_of_containers():
    module = tf.Module()
    pair = collections.namedtuple("pair", "b a")
    module.named = pair(variable("nb"), variable("na"))
    module.ordered = collections.OrderedDict(b=variable("ob"), a=variable("oa"))
    module.default = collections.defaultdict(list, x=[variable("d")])
    module.set, module.other = {1}, object()
    module._private = variable("p")
    assert names(module.variables) == ["p", "d", "nb", "na", "oa", "ob"]
    module.bad = {3: variable("three"), "a": variable("aa")}
    with pytest.raises(ValueError, match="Error processing property 'bad'"):
        _ = module.variables


def test_variables_are_found_as_they_are_added():
    module = tf.Module()
    assert module.variables == () and module.submodules == ()
    module.parts = []
    module.parts.append(variable("v"))
    assert names(module.variables) == ["v"]


def test_class_attributes_and_properties_are_not_its_own():
    class Odd(tf.Module):
        shared = variable("shared")

        @property
        def made(self):
            raise AssertionError("properties are not read")

    assert Odd().variables == ()


def test_names():
    class MyHTTPThing2D(tf.Module):
        pass

    assert MyHTTPThing2D().name == "my_http_thing2_d"
    assert MyHTTPThing2D(name="ok").name == "ok"
    assert tf.Module().name == "module"
    for bad in ("a b", "1a", "", "a/b"):
        with pytest.raises(ValueError, match="not a valid module name"):
            tf.Module(bad)


def test_a_module_without_init_of_its_base_still_finds_variables():
    class Hasty(tf.Module):
        def __init__(self):
            self.v = variable("v")

    assert names(Hasty().variables) == ["v"]
    with pytest.raises(AttributeError):
        _ = Hasty().name


def test_with_name_scope():
    class Inner(tf.Module):
        @tf.Module.with_name_scope
        def __call__(self, x, factor=1):
            """Multiply."""
            self.w = variable("w")
            return x * factor

    class Outer(tf.Module):
        @tf.Module.with_name_scope
        def __call__(self, x):
            self.w = variable("w")
            self.inner = Inner("inner")
            return self.inner(x, factor=3)

    outer = Outer()
    assert outer(2) == 6
    assert names(outer.variables) == ["outer/w", "outer/inner/w"]
    assert outer.inner.name_scope.name == "outer/inner/"
    assert Inner.__call__.__doc__ == "Multiply."
    with tf.name_scope("elsewhere"):
        outer(2)
    assert outer.w.name == "outer/w:0"


def test_modules_can_be_copied_and_pickled():
    module = Holder()
    for other in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert names(other.variables) == HOLDER
        assert other.t[1] is other.z and other.z is not module.z


def test_a_module_can_be_trained():
    class Line(tf.Module):
        def __init__(self):
            super().__init__()
            self.w, self.b = tf.Variable(0.0), tf.Variable(0.0)

        def __call__(self, x):
            return self.w * x + self.b

    line, x = Line(), tf.linspace(-1.0, 1.0, 9)
    optimizer = tf.optimizers.SGD(0.5, momentum=0.5)
    for _ in range(100):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(line(x) - (2 * x + 1)))
        vs = line.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, vs), vs, strict=True))
    assert abs(line.w.numpy() - 2) < 1e-4 and abs(line.b.numpy() - 1) < 1e-4


# ---------------------------------------------------------------- name_scope


def test_scopes_nest():
    with tf.name_scope("a") as scope:
        assert scope == "a/"
        assert variable("v").name == "a/v:0" and tf.Variable(1.0).name == "a/Variable:0"
        with tf.name_scope("b/") as absolute:
            assert absolute == "b/" and variable("v").name == "b/v:0"
        with tf.name_scope("b") as inner:
            assert inner == "a/b/" and variable("v").name == "a/b/v:0"
        with tf.name_scope("") as root:
            assert root == "" and variable("v").name == "v:0"
        module = Holder()
        assert module.name_scope.name == "a/holder/"
    assert variable("v").name == "v:0"
    assert tf.name_scope("x").name == "x"


def test_a_scope_is_left_by_an_error_too():
    with pytest.raises(KeyError), tf.name_scope("a"):
        raise KeyError
    assert variable("v").name == "v:0"


def test_a_scope_can_be_entered_again():
    scope = tf.name_scope("a")
    with scope, scope:
        assert variable("v").name == "a/a/v:0"
    with scope:
        assert variable("v").name == "a/v:0"


def test_scopes_belong_to_their_thread():
    seen = []
    with tf.name_scope("a"):
        thread = threading.Thread(target=lambda: seen.append(variable("v").name))
        thread.start()
        thread.join()
    assert seen == ["v:0"]


def test_copies_keep_their_name_in_any_scope():
    v = variable("v")
    with tf.name_scope("a"):
        assert copy.deepcopy(v).name == "v:0"
        assert pickle.loads(pickle.dumps(v)).name == "v:0"


@pytest.mark.parametrize("bad", [None, 3])
def test_a_name_is_a_string(bad):
    with pytest.raises(ValueError, match="must be a string"):
        tf.name_scope(bad)
