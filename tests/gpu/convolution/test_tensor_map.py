"""The driver's function that describes arrays to TMA, as CUDA's own header declares it."""

import re

from backpaint.gpu.convolution import tensor_map

from ..kernels.nvrtc import compiler

PARAMETERS = """
CUtensorMap* CUtensorMapDataType cuuint32_t void* const cuuint64_t* const cuuint64_t*
const cuuint32_t* const cuuint32_t* CUtensorMapInterleave CUtensorMapSwizzle
CUtensorMapL2promotion CUtensorMapFloatOOBfill
"""


def header() -> str:
    return (compiler().headers / "cuda.h").read_text(encoding="utf-8")


def number_of(name: str) -> int:
    """Count to an enumerator; each enumeration begins at 0."""
    (values,) = re.findall(rf"^typedef enum \w+ {{([^}}]*\b{name}\b[^}}]*)}}", header(), re.M)
    return re.findall(r"\bCU_\w+", values).index(name)


def test_parameters_are_the_drivers():
    (declared,) = re.findall(r"CUDAAPI cuTensorMapEncodeTiled\((.*?)\);", header())
    types = [re.sub(r"(\*?)\w+$", r"\1", one).replace(" *", "*") for one in declared.split(", ")]
    assert " ".join(word.strip() for word in types) == " ".join(PARAMETERS.split())


def test_numbers_are_the_drivers():
    data, swizzle, promotion = (
        f"CU_TENSOR_MAP_{word}" for word in ("DATA_TYPE", "SWIZZLE", "L2_PROMOTION")
    )
    assert {
        "float16": number_of(f"{data}_FLOAT16"),
        "float32": number_of(f"{data}_FLOAT32"),
    } == tensor_map.DATA_TYPES
    assert number_of(f"{data}_TFLOAT32") == tensor_map.ROUNDED_TO_TF32
    assert number_of(f"{swizzle}_128B") == tensor_map.SWIZZLE_128_BYTES
    assert number_of(f"{promotion}_L2_256B") == tensor_map.PROMOTE_TO_256_BYTES
    assert number_of("CU_TENSOR_MAP_INTERLEAVE_NONE") == tensor_map.NO_INTERLEAVING
    assert number_of("CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE") == tensor_map.ZEROS_OUTSIDE


def test_a_map_lies_as_the_driver_wants_it():
    (alignment,) = re.findall(r"struct CUtensorMap_st {[^}]*?alignas\((\d+)\)", header())
    assert tensor_map.MAP_ALIGNMENT % int(alignment) == 0
