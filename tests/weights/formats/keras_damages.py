"""Ways to harm a Keras .h5 file, or to point it at another one."""

import zlib

import h5py
import numpy as np

KERNEL = "block1_conv2/block1_conv2/kernel:0"


def add_layer(file, name, arrays):
    group = file.create_group(name)
    group.attrs["weight_names"] = np.array([f"{name}/{key}".encode() for key in arrays])
    for key, value in arrays.items():
        group[f"{name}/{key}"] = value
    file.attrs["layer_names"] = np.array([*file.attrs["layer_names"], name.encode()])


def batch_normalization(file, tmp_path):
    parts = ("gamma:0", "beta:0", "moving_mean:0", "moving_variance:0")
    add_layer(file, "batch_normalization", dict.fromkeys(parts, np.ones(64)))


def octave(file, tmp_path):
    del file.attrs["layer_names"]
    file["block1_conv1"].attrs["OCTAVE_NEW_FORMAT"] = np.uint8(1)


def replace(file, name, value):
    del file[name]
    file[name] = value


def no_layer_names(file, tmp_path):
    del file.attrs["layer_names"]


def theano_order(file, tmp_path):
    replace(file, KERNEL, np.ones((64, 64, 3, 3), dtype=np.float32)[:, :32])


def theano_2015(file, tmp_path):
    del file.attrs["layer_names"]
    file.attrs["nb_layers"] = 37


def nothing_but_a_link(file, tmp_path):
    """What wrote the file is told by its objects, and those of another file are none."""
    file.clear()
    del file.attrs["layer_names"]
    file["x"] = h5py.ExternalLink(elsewhere(tmp_path), "secret")


def between_2_and_3(file, tmp_path):
    del file.attrs["layer_names"]
    file.create_group("_layer_checkpoint_dependencies")


def many_names(file, tmp_path):
    file.attrs["layer_names"] = np.full(10_001, b"x")


def missing_group(file, tmp_path):
    del file["block1_conv2"]


def missing_array(file, tmp_path):
    del file[KERNEL]


def array_is_a_group(file, tmp_path):
    del file[KERNEL]
    file.create_group(KERNEL)


def never_written(file, tmp_path):
    del file[KERNEL]
    file.create_dataset(KERNEL, (3, 3, 64, 64), dtype="f4")


def written_in_part(file, tmp_path):
    """What is missing would be numbers that the file chooses."""
    del file[KERNEL]
    options = {"chunks": (1, 3, 64, 64), "fillvalue": 0.01}
    dataset = file.create_dataset(KERNEL, (3, 3, 64, 64), "f4", **options)
    dataset[:2] = 1


def never_written_but_filled(file, tmp_path):
    del file[KERNEL]
    file.create_dataset(KERNEL, (3, 3, 64, 64), "f4", fillvalue=0.01)


def many_chunks(file, tmp_path):
    del file[KERNEL]
    file.create_dataset(KERNEL, data=np.ones((3, 3, 64, 64), "f4"), chunks=(1, 1, 1, 3))


def many_letters(file, tmp_path):
    file.attrs["layer_names"] = np.array([b"x" * 1001])


def many_letters_elsewhere(file, tmp_path):
    file.attrs["layer_names"] = np.array(["x" * 1001], dtype=object)


def names_of_numbers(file, tmp_path):
    file.attrs["layer_names"] = np.arange(2)


def one_group_many_times(file, tmp_path):
    """Eleven layers of a thousand arrays each would be found in one group of two."""
    names = [f"block1_conv1{i}" for i in range(11)]
    group = file["block1_conv1"]
    group.attrs["weight_names"] = np.full(1000, b"block1_conv1/kernel:0")
    for name in names:
        file[name] = group
    file.attrs["layer_names"] = np.array([name.encode() for name in names])


def circles(file, tmp_path):
    file["block1_conv1/again"] = file["block1_conv1"]
    name = "block1_conv1" + "/again" * 32
    file.attrs["layer_names"] = np.array([name.encode()])


def enormous(file, tmp_path):
    del file[KERNEL]
    file.create_dataset(KERNEL, (1 << 20, 1 << 20, 64, 64), dtype="f4", chunks=(1, 1, 64, 64))


def text(file, tmp_path):
    replace(file, KERNEL, np.bytes_(b"filters"))


def structs(file, tmp_path):
    replace(file, KERNEL, np.zeros((3, 3, 64, 64), [("real", "f4"), ("imaginary", "f4")]))


def times(file, tmp_path):
    opaque = np.zeros((3, 3, 64, 64), "<M8[s]").astype(h5py.opaque_dtype(np.dtype("<M8[s]")))
    replace(file, KERNEL, opaque)


def null(file, tmp_path):
    replace(file, KERNEL, h5py.Empty("f4"))


def soft_link(file, tmp_path):
    replace(file, KERNEL, h5py.SoftLink("/block1_conv1/block1_conv1/kernel:0"))


def external_link(file, tmp_path):
    replace(file, KERNEL, h5py.ExternalLink(elsewhere(tmp_path), "/secret"))


def external_group(file, tmp_path):
    replace(file, "block1_conv2", h5py.ExternalLink(elsewhere(tmp_path), "/"))


def external_storage(file, tmp_path):
    del file[KERNEL]
    raw = tmp_path / "secret.bin"
    np.ones((3, 3, 64, 64), dtype=np.float32).tofile(raw)
    file.create_dataset(KERNEL, (3, 3, 64, 64), dtype="f4", external=[(str(raw), 0, 147456)])


def virtual(file, tmp_path):
    del file[KERNEL]
    layout = h5py.VirtualLayout((3, 3, 64, 64), dtype="f4")
    layout[:] = h5py.VirtualSource(elsewhere(tmp_path), "secret", (3, 3, 64, 64))
    file.create_virtual_dataset(KERNEL, layout)


def other_filter(file, tmp_path):
    del file[KERNEL]
    file.create_dataset(KERNEL, data=np.ones((3, 3, 64, 64), dtype="f4"), compression="lzf")


def packed(file, *written, chunks=(3, 3, 64, 64), **options):
    """Replace the filters by one chunk of bytes as they are."""
    del file[KERNEL]
    options = {"chunks": chunks, "compression": "gzip"} | options
    dataset = file.create_dataset(KERNEL, (3, 3, 64, 64), "f4", **options)
    for content in written:
        dataset.id.write_direct_chunk((0, 0, 0, 0), content)


def bomb(file, tmp_path):
    packed(file, zlib.compress(bytes(64 << 20)))


def bomb_behind_a_checksum(file, tmp_path):
    packed(file, zlib.compress(bytes(64 << 20)) + bytes(4), fletcher32=True)


def one_number_too_many(file, tmp_path):
    packed(file, zlib.compress(bytes(4 * 3 * 3 * 64 * 64 + 8)))


def large_chunks(file, tmp_path):
    packed(file, chunks=(3, 3, 64, 1 << 20), maxshape=(3, 3, 64, None))


def gzip_twice(file, tmp_path):
    packed_by(file, "set_deflate", "set_deflate")


def shuffled_behind_gzip(file, tmp_path):
    """What is stored need not look like what gzip unpacks."""
    packed_by(file, "set_deflate", "set_shuffle")


def packed_by(file, *filters):
    del file[KERNEL]
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk((3, 3, 64, 64))
    for name in filters:
        getattr(properties, name)()
    space = h5py.h5s.create_simple((3, 3, 64, 64))
    name = KERNEL.encode()
    h5py.h5d.create(file.id, name, h5py.h5t.IEEE_F32LE, space, properties)


def resnet(file, tmp_path):
    file.move("block1_conv2", "res2a_branch2a")
    file.attrs["layer_names"] = np.array([b"block1_conv1", b"res2a_branch2a"])


def elsewhere(tmp_path):
    path = tmp_path / "elsewhere.h5"
    with h5py.File(path, "w") as file:
        file["secret"] = np.ones((3, 3, 64, 64), dtype=np.float32)
    return str(path)
