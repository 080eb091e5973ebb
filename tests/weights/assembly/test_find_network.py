"""Names that people's files have: which are a VGG's, what is left out, and what is refused.

Nothing is read here: arrays are shapes alone.
"""

import time

import numpy as np
import pytest

from backpaint.vgg import layer_table
from backpaint.weights.assembly.assemble import check_layers, house_shape
from backpaint.weights.assembly.find_network import find_network, outputs_first_shape
from backpaint.weights.assembly.layer_names import parse
from backpaint.weights.assembly.stored import StoredArray, UnsuitableFileError


def array(*shape):
    return StoredArray(shape, np.dtype("f4"), lambda: np.zeros(shape, "f4"))


def layer(name, *shape, outputs=None):
    """Filters and biases; outputs come first unless they are said."""
    biases = array(shape[0] if outputs is None else outputs)
    return {f"{name}.weight": array(*shape), f"{name}.bias": biases}


def arrays_of(depth, called, is_house=False):
    """All convolutions; `called` gives the names of both arrays, by number and name of the row."""
    arrays = {}
    for number, row in enumerate(layer_table(depth)):
        if row.kind == "conv":
            shape = house_shape(row) if is_house else outputs_first_shape(row)
            for key, lengths in zip(
                called(number, row.name),
                (shape, shape[-1:] if is_house else shape[:1]),
                strict=True,
            ):
                arrays[key] = array(*lengths)
    return arrays


def features(depth=16, prefix="", module="features."):
    return arrays_of(
        depth, lambda i, _: (f"{prefix}{module}{i}.weight", f"{prefix}{module}{i}.bias")
    )


def caffe(depth=16):
    return arrays_of(depth, lambda _, name: (f"{name}.weight", f"{name}.bias"))


def head(first, second, third, classes=1000, prefix=""):
    return (
        layer(prefix + first, 4096, 25088)
        | layer(prefix + second, 4096, 4096)
        | layer(prefix + third, classes, 4096)
    )


TORCHVISION = ("classifier.0", "classifier.3", "classifier.6")


def found(arrays):
    """Find the network as `load_weights` does before it reads."""
    network = find_network(arrays)
    check_layers(network.layers, house_shape if network.is_house else outputs_first_shape)
    return network


def refusal(arrays):
    with pytest.raises(UnsuitableFileError) as refused:
        found(arrays)
    return str(refused.value)


def convolutions(depth):
    return [row.name for row in layer_table(depth) if row.kind == "conv"]


@pytest.mark.parametrize(
    "prefix",
    [
        *("", "module.", "_orig_mod.", "_orig_mod.module.", "net.", "net.0.", "backbone."),
        *("encoder.", "model.vgg.", "student.encoder.", "generator/vgg/", "1."),
    ],
)
def test_a_network_may_lie_within_modules(prefix):
    network = found(features(19, prefix) | head(*TORCHVISION, prefix=prefix))
    assert list(network.layers) == [*convolutions(19), "fc6", "fc7", "fc8"]
    assert network.left_out == ()


@pytest.mark.parametrize(
    "module",
    [
        *("features.module.", "module.features.", "features._orig_mod.module."),
        *("features._fsdp_wrapped_module.", "features.", "", "vgg.", "encoder."),
    ],
)
def test_wrappers_stand_anywhere(module):
    assert list(found(features(16, "", module)).layers) == convolutions(16)
    assert list(found(features(16, "model.", module)).layers) == convolutions(16)


@pytest.mark.parametrize("prefix", ["", "p_", "L__self___", "model."])
def test_names_of_traced_networks(prefix):
    arrays = features(16, prefix, "features_") | head(
        *(name.replace(".", "_") for name in TORCHVISION), prefix=prefix
    )
    network = found({key.replace(".weight", "_weight"): value for key, value in arrays.items()})
    assert list(network.layers) == [*convolutions(16), "fc6", "fc7", "fc8"]


@pytest.mark.parametrize("module", ["", "features.", "vgg.features."])
def test_caffes_names_within_features(module):
    root = module.removesuffix("features.")
    arrays = arrays_of(19, lambda _, name: (f"{module}{name}.weight", f"{module}{name}.bias"))
    network = found(arrays | head(*TORCHVISION, prefix=root))
    assert list(network.layers) == [*convolutions(19), "fc6", "fc7", "fc8"]


@pytest.mark.parametrize("wrapper", ["module", "_orig_mod", "_checkpoint_wrapped_module"])
def test_each_layer_may_be_wrapped(wrapper):
    called = f"features.{{}}.{wrapper}.{{}}"
    arrays = arrays_of(16, lambda i, _: (called.format(i, "weight"), called.format(i, "bias")))
    assert list(found(arrays).layers) == convolutions(16)


def test_a_network_cut_into_pieces():
    """As networks for perceptual losses are: the numbers go on in the next piece."""
    arrays = {}
    for key, value in features(16, module="").items():
        arrays[f"net.slice{1 + int(key.split('.')[0]) // 7}.{key}"] = value
    network = found(arrays | layer("lin0.model.1", 1, 64, 1, 1))
    assert list(network.layers) == convolutions(16)
    assert network.left_out == ("2 other arrays (lin0.model.1.weight, lin0.model.1.bias)",)


def test_tensorflows_names():
    def slim(_, name):
        return f"vgg_16/{name[:5]}/{name}/weights", f"vgg_16/{name[:5]}/{name}/biases"

    arrays = arrays_of(16, slim, is_house=True)
    for name, shape in {"fc6": (7, 7, 512, 4096), "fc7": (1, 1, 4096, 4096)}.items():
        arrays |= {f"vgg_16/{name}/weights": array(*shape), f"vgg_16/{name}/biases": array(4096)}
    arrays |= {"vgg_16/fc8/weights": array(1, 1, 4096, 1000), "vgg_16/fc8/biases": array(1000)}
    arrays |= {"global_step": array(), "vgg_16/conv1/conv1_1/weights/Adam": array(3, 3, 3, 64)}
    network = found(arrays)
    assert network.is_house
    assert list(network.layers) == [*convolutions(16), "fc6", "fc7", "fc8"]
    assert network.left_out == ("2 other arrays (global_step, vgg_16/conv1/conv1_1/weights/Adam)",)


@pytest.mark.parametrize(
    ("filters", "biases"),
    [
        ("{0}/{0}/kernel:0", "{0}/{0}/bias:0"),
        ("{0}/{0}_W_1:0", "{0}/{0}_b_1:0"),
        ("vgg16/{0}/kernel", "vgg16/{0}/bias"),
        ("vgg16/{0}/Conv2D/ReadVariableOp:0", "vgg16/{0}/BiasAdd/ReadVariableOp:0"),
    ],
)
def test_keras_names(filters, biases):
    def called(_, name):
        keras = name.replace("conv", "block").replace("_", "_conv")
        return filters.format(keras), biases.format(keras)

    assert list(found(arrays_of(19, called, is_house=True)).layers) == convolutions(19)


@pytest.mark.parametrize(
    "names",
    [
        ("classifier.1", "classifier.4", "classifier.6"),
        ("classifier.0", "classifier.2", "classifier.4"),
        ("classifier.module.0", "classifier.module.3", "classifier.module.6"),
        ("classifier.0", "classifier.10", "classifier.20"),
        ("fc6", "fc7", "fc8"),
        ("classifier.fc6", "classifier.fc7", "classifier.fc8"),
        ("fc1", "fc2", "predictions"),
        ("fc.0", "fc.3", "fc.6"),
        ("features.38", "features.41", "features.44"),  # one sequence from pixels to classes
    ],
)
def test_a_head_is_told_by_its_shapes(names):
    network = found(features(19) | head(*names))
    assert list(network.layers) == [*convolutions(19), "fc6", "fc7", "fc8"]
    assert [network.layers[name].filters.shape for name in ("fc6", "fc7", "fc8")] == [
        *((4096, 25088), (4096, 4096), (1000, 4096)),
    ]
    assert network.left_out == ()


def timm_head(classes):
    return (
        layer("pre_logits.fc1", 4096, 512, 7, 7)
        | layer("pre_logits.fc2", 4096, 4096, 1, 1)
        | layer("head.fc", classes, 4096)
    )


def test_a_head_of_convolutions():
    network = found(features(19) | timm_head(1000))
    assert network.layers["fc6"].filters.shape == (4096, 25088)
    assert network.left_out == ()


@pytest.mark.parametrize("ones", [(1,), (1, 1, 1)])
def test_axes_of_one_do_not_matter_to_the_biases_of_a_head(ones):
    arrays = head("fc6", "fc7", "fc8")
    wider = {key: array(*ones, *b.shape) for key, b in arrays.items() if key.endswith("bias")}
    network = found(features(16) | arrays | wider)
    assert list(network.layers) == [*convolutions(16), "fc6", "fc7", "fc8"]


OTHER_HEADS = {
    "365 classes": (head(*TORCHVISION, classes=365), "classifier.6.weight", (365, 4096)),
    "one layer": (layer("classifier", 10, 512), "classifier.weight", (10, 512)),
    "timm's": (timm_head(10), "head.fc.weight", (10, 4096)),
    "faces": (head("fc6", "fc7", "fc8", classes=2622), "fc8.weight", (2622, 4096)),
    "nested": (
        layer("classifier.0", 4096, 25088) | layer("classifier.6.3", 2, 256),
        *("classifier.6.3.weight", (2, 256)),
    ),
    "wrong order of axes": (layer("fc6", 25088, 4096), "fc6.weight", (25088, 4096)),
    "batch normalization behind the convolutions": (
        layer("fc.0", 512, 25088) | layer("fc.1", 512) | {"fc.1.running_mean": array(512)},
        *("fc.0.weight", (512, 25088)),
    ),
    "dilated": (
        layer("features.31", 1024, 512, 3, 3) | layer("features.33", 1024, 1024, 1, 1),
        *("features.33.weight", (1024, 1024, 1, 1)),
    ),
}


@pytest.mark.parametrize("name", OTHER_HEADS)
def test_another_head_is_left_out_and_named(name):
    arrays, last, shape = OTHER_HEADS[name]
    network = found(features(16) | arrays)
    assert list(network.layers) == convolutions(16)
    assert network.left_out == (
        f"its classifier head (`{last}` has the shape {shape}; VGG's has three layers with 4096, "
        "4096 and 1000 outputs)",
    )


@pytest.mark.parametrize("is_house", [False, True])
def test_a_convolution_too_many_is_no_head(is_house):
    shape = (3, 3, 512, 512) if is_house else (512, 512, 3, 3)
    arrays = arrays_of(16, lambda i, _: (f"features.{i}.weight", f"features.{i}.bias"), is_house)
    assert "31" in refusal(arrays | layer("features.31", *shape, outputs=512))


def states(arrays, key):
    return {key.format(i, name): value for i, (name, value) in enumerate(arrays.items())}


BESIDE = {
    "moments by number": states(features(16), "optimizer.state.{0}.exp_avg"),
    "moments by name": states(features(16), "optimizer.state.{1}.exp_avg"),
    "moments like a network": features(16, "optimizer.exp_avg.") | features(16, "opt.exp_avg_sq."),
    "momentum": features(16, "momentum_buffer."),
    "a decoder": {"decoder.1.running_mean": array(9)} | layer("decoder.0", 3, 64, 3, 3),
    "another network": layer("alex.features.0", 64, 3, 11, 11) | layer("resnet.conv1", 64, 3, 7, 7),
    "mean and deviation": {"mean": array(1, 3, 1, 1), "std": array(1, 3, 1, 1)},
}


@pytest.mark.parametrize("name", BESIDE)
def test_what_lies_beside_is_left_out_and_named(name):
    network = found(BESIDE[name] | features(16, "model.") | BESIDE[name])
    assert list(network.layers) == convolutions(16)
    (words,) = network.left_out
    assert words.startswith(f"{len(BESIDE[name])} other array")
    assert next(iter(BESIDE[name])).split(".")[0] in words


def with_batch_normalization(is_tracked):
    """torchvision's vgg16_bn: convolutions at 0, 3, 7, ..., each with its normalization behind."""
    arrays, number = {}, 0
    for row in layer_table(16):
        if row.kind == "pool":
            number += 1
        elif row.kind == "conv":
            arrays |= layer(f"features.{number}", *outputs_first_shape(row))
            arrays |= layer(f"features.{number + 1}", row.channels_out)
            if is_tracked:
                arrays[f"features.{number + 1}.running_mean"] = array(row.channels_out)
            number += 3
    return arrays


def without(arrays, *parts):
    return {key: value for key, value in arrays.items() if not any(part in key for part in parts)}


REFUSED = {
    "vgg16_bn": (with_batch_normalization(True), "holds a network with batch normalization"),
    "vgg16_bn, frozen": (with_batch_normalization(False), "the unknown layers features.1"),
    "one mean": (features() | {"features.1.running_mean": array(64)}, "batch normalization"),
    "Caffe's": (caffe() | {"bn1_1.running_mean": array(64)}, "batch normalization"),
    "Caffe's, frozen": (caffe() | layer("conv1_1_bn", 64), "batch normalization"),
    "scaled": (caffe() | layer("scale1_1", 64), "holds the unknown layers scale1_1"),
    "a bare sequence": (
        features(module="vgg.") | {"vgg.1.running_mean": array(64)},
        "batch normalization",
    ),
    "a layer too many": (caffe() | layer("conv6_1", 512, 512, 3, 3), "unknown layers conv6_1"),
    "a number too many": (features(19) | layer("features.37", 512, 512, 3, 3), "features.37"),
    "a number between": (features(16) | layer("features.30", 512, 512, 3, 3), "features.30"),
    "a layer too few": (without(features(), ".10."), "holds conv5_3 without conv3_1"),
    "VGG-13": (without(caffe(), "_3"), "holds conv5_2 without conv3_3, conv4_3"),
    "a head too early": (without(features(), ".28.") | head(*TORCHVISION), "fc6 without conv5_3"),
    "exchanged axes": (features() | {"features.2.weight": array(3, 3, 64, 64)}, "conv1_2 have the"),
    "no biases": (without(features(), "bias"), "holds only filters of features.0"),
    "pruned": (
        features() | {"features.0.weight_mask": array(64, 3, 3, 3)},
        "holds an array `features.0.weight_mask`",
    ),
    "SqueezeNet": (
        layer("features.0", 64, 3, 3, 3) | layer("features.3.squeeze", 16, 64, 1, 1),
        "holds an array `features.3.squeeze.weight`",
    ),
    "AlexNet": (layer("features.0", 64, 3, 11, 11), "conv1_1 have the shape (64, 3, 11, 11)"),
    "a bare sequence of others": (
        layer("0", 64, 3, 3, 3) | layer("2", 64, 64, 3, 3) | layer("4", 3, 64, 3, 3),
        "holds the unknown layers 0, 2, 4",
    ),
    "nothing": ({}, "holds no layers with weights"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_vgg_is_refused(name):
    arrays, says = REFUSED[name]
    assert says in refusal(arrays)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (features(16, "model."), features(16, "ema.")),
        (features(16, "net_a."), features(19, "net_b.")),
        (features(16), features(16, "module.")),
        (features(16), caffe()),
    ],
)
def test_two_networks_leave_a_choice(first, second):
    says = refusal(first | second)
    assert "networks, with" in says
    assert all(f"`{next(iter(arrays))}`" in says for arrays in (first, second))


def test_a_thousand_networks_are_refused_at_once():
    arrays = {}
    for i in range(1000):
        arrays |= layer(f"n{i}.features.0", 64, 3, 3, 3)
    assert "holds 1000 networks; expected one" in refusal(arrays)


def test_many_arrays_take_no_time():
    """Nothing may grow with the square of their number."""
    arrays = features()
    for i in range(5_000):
        arrays[f"classifier.{i}.weight"] = arrays[f"features.{i + 100}.weight"] = array(1)
    start = time.perf_counter()
    assert len(found(arrays).layers) == 13
    assert time.perf_counter() - start < 5


def test_a_name_of_any_length_is_nobodys():
    assert parse("a." * 100_000 + "conv1_1.weight") is None
    network = found(features() | {"x" * 100_000: array(1)})
    assert list(network.layers) == convolutions(16)


def test_an_array_that_cannot_be_read_matters_only_in_the_network():
    problem = UnsuitableFileError("keeps its numbers in another file")
    elsewhere = StoredArray((), np.dtype("V"), lambda: np.zeros(()), problem=problem)
    assert found(features() | {"decoder.weight": elsewhere}).left_out
    assert "in another file" in refusal(features() | {"features.0.weight": elsewhere})
    assert found(features() | head(*TORCHVISION) | {"classifier.6.weight": elsewhere}).left_out
