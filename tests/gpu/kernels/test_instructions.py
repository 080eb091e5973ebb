"""The machine code of the tensor-core kernels has the instructions that they are written for."""

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from tests.gpu.kernels.variants import architectures

from backpaint.gpu.convolution.launch import BIAS, POSITIVE, RELU
from backpaint.gpu.convolution.tiles import TILES, TRIALS, Tile
from backpaint.gpu.kernels import source

from .nvrtc import compile_kernels


@pytest.fixture(scope="session")
def nvdisasm() -> Path:
    """Find NVIDIA's disassembler among the installed packages."""
    nvidia = pytest.importorskip("nvidia", reason="pip install '.[compile]'")
    found = [path for folder in nvidia.__path__ for path in Path(folder).glob("**/bin/nvdisasm")]
    if not found:
        pytest.skip("there is no nvdisasm: pip install '.[compile]'")
    return found[0]


def instructions(
    nvdisasm: Path, tile: Tile, architecture: str, folder: Path, **defines: int
) -> Counter[str]:
    """Compile a kernel and count its instructions."""
    options = [f"-D{key}={value}" for key, value in (tile.defines | defines).items()]
    compiled = compile_kernels(tile.file, source(tile.file), architecture, options)
    assert compiled.success, compiled.log
    assert "Performance Loss" not in compiled.log, compiled.log  # wgmma that wait for one another
    binary = folder / "kernel.cubin"
    binary.write_bytes(compiled.code)
    dump = subprocess.run([nvdisasm, binary], capture_output=True, text=True, check=True)
    return Counter(re.findall(r"^\s*/\*\w+\*/\s+(?:@\S+\s+)?([\w.]+)", dump.stdout, re.M))


@pytest.mark.parametrize(
    ("precision", "index", "products", "copies"),
    [
        pytest.param("split", 0, "HMMA.16816.F32", "LDGSTS", marks=pytest.mark.slow),
        pytest.param("tf32", 4, "HMMA.1688.F32.TF32", "LDGSTS", marks=pytest.mark.slow),
        pytest.param("fast", 4, "HMMA.16816.F32", "LDGSTS", marks=pytest.mark.slow),
        pytest.param("tf32", 0, "HGMMA.64x128x8.F32.TF32", "UTMALDG", marks=pytest.mark.slow),
        pytest.param("fast", 0, "HGMMA.64x128x16.F32", "UTMALDG", marks=pytest.mark.slow),
        ("fast", 1, "HGMMA.64x64x16.F32", "UTMALDG"),
    ],
)
def test_products_and_copies(precision, index, products, copies, nvdisasm, tmp_path):
    tile = TILES[precision][index]  # type: ignore[index]
    for architecture in architectures(tile.file):
        counts = instructions(nvdisasm, tile, architecture, tmp_path)
        assert counts[products] >= 8
        assert any(name.startswith(copies) for name in counts), counts
        assert not any(name.startswith(("LDL", "STL")) for name in counts)  # local memory


@pytest.mark.parametrize(
    ("precision", "channels"),
    [("fast", 64), *(pytest.param("tf32", each, marks=pytest.mark.slow) for each in (64, 128))],
)
def test_blocks_of_a_cluster_copy_to_one_another(precision, channels, nvdisasm, tmp_path):
    """Images alone; and no fence of all memory in the loop, but one before each of two meetings."""
    variant = "in wide strips in clusters"
    tile = next(t for t in TRIALS[precision] if (t.variant, t.channels) == (variant, channels))
    for architecture in architectures(tile.file):
        steps = BIAS + RELU + POSITIVE
        counts = instructions(nvdisasm, tile, architecture, tmp_path, STEPS=steps)
        assert counts["UTMALDG.3D.MULTICAST"] == counts["UTMALDG.3D"] >= 1, counts
        assert counts["UCGABAR_ARV"] == counts["UCGABAR_WAIT"] == 2, counts
        assert counts["MEMBAR.ALL.GPU"] == 2, counts
        assert counts["SYNCS.ARRIVE.TRANS64.RED.A1T0"] >= 1, counts  # at another block's barrier
        assert not any(name.startswith(("LDL", "STL")) for name in counts)
