"""Headers of safetensors that say what cannot be."""

import json


def crafted(path, secrets, chance):
    entry = {"dtype": "F32", "shape": [64, 3, 3, 3], "data_offsets": [0, 6912]}
    header = chance.choice(
        [
            '{"a":' * 90_000,
            '{"a":' + "9" * 500_000 + "}",
            json.dumps({"features.0.weight": entry | {"shape": [2**62, 2**62]}}),
            json.dumps({"features.0.weight": entry | {"data_offsets": [2**62, 2**62 + 6912]}}),
            json.dumps({"features.0.weight": entry | {"shape": [0] * 1000}}),
            json.dumps({"features.0.weight": entry | {"shape": [9] * 300_000}}),
            json.dumps({"__metadata__": {"format": "backpaint-1"}, "conv1_1.filters": entry}),
            json.dumps({"__metadata__": 3, "features.0.weight": entry}),
            json.dumps({"features.0.weight": entry | {"dtype": ["F32"]}}),
            '{"features.0.weight": NaN}',
        ]
    ).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(6912))
