"""Writes what torchvision and timm compute with parameters made by a formula, as the expectation of our import.

Usage: python3 logits.py --out libs/nets/src/import/reference-logits.fixture.json

Pretrained weights would weigh a hundred megabytes; these cost a name: every number is drawn from the generator of
docs/formats/prng.md, seeded by the FNV-1a hash of its tensor's name in the state dict, so both sides make the same
file. What is checked is the architecture, the names, the layouts and the padding, which is all an import can get wrong.

Needs Debian's python3-torch and python3-torchvision (0.14), and timm 0.6 (`pip install --no-deps timm==0.6.13`
with huggingface_hub and pyyaml). Inputs are smaller than the architectures' own where padding allows, for speed.
"""
import argparse, json, math, pathlib
import numpy as np
import timm
import torch
import torchvision

# (name, how to build it, side of the images). EfficientNet's padding depends on the side: an odd half of 72 is met.
MODELS = (
    ("resnet18", lambda: torchvision.models.resnet18(weights=None, num_classes=10), 64),
    ("resnet50", lambda: torchvision.models.resnet50(weights=None, num_classes=10), 64),
    ("mobilenet_v2", lambda: torchvision.models.mobilenet_v2(weights=None, num_classes=10), 64),
    ("tf_efficientnet_lite0", lambda: timm.create_model("tf_efficientnet_lite0", num_classes=10), 72),
    ("mobilenetv2_100", lambda: timm.create_model("mobilenetv2_100", num_classes=10), 64),
)


def fnv1a(text):
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def splitmix32(seed):
    state, words = seed, []
    for _ in range(4):
        state = state + 0x9E3779B9 & 0xFFFFFFFF
        z = (state ^ state >> 16) * 0x21F0AAAD & 0xFFFFFFFF
        z = (z ^ z >> 15) * 0x735A2D97 & 0xFFFFFFFF
        words.append(z ^ z >> 15)
    return words


def floats(seed, count):
    """`count` numbers of xoshiro128** in [0, 1), multiples of 2^-24."""
    a, b, c, d = splitmix32(seed)
    out = []
    for _ in range(count):
        x = b * 5 & 0xFFFFFFFF
        x = (x << 7 | x >> 25) & 0xFFFFFFFF
        out.append((x * 9 & 0xFFFFFFFF) >> 8)
        c2, d2 = c ^ a, d ^ b
        a, b, c, d = a ^ d2, b ^ c2, c2 ^ (b << 9 & 0xFFFFFFFF), (d2 << 11 | d2 >> 21) & 0xFFFFFFFF
    return np.array(out, np.float64) / 2**24


def tensor(name, shape):
    """Kernels of He's variance, statistics and scales about those of a trained network, in single precision."""
    if name.endswith("num_batches_tracked"):
        return np.zeros(shape, np.float32)
    count = math.prod(shape)
    # Drawn anew, 23 million numbers would take Python minutes.
    u = np.resize(floats(fnv1a(name), min(count, CYCLE)), count)
    if len(shape) > 1:
        values = (u * 2 - 1) * math.sqrt(6 / math.prod(shape[1:]))
    elif name.endswith("running_var"):
        values = u + 0.5
    elif name.endswith("weight"):
        values = u * 0.5 + 0.5
    else:
        values = u * 0.2 - 0.1
    return values.astype(np.float32).reshape(shape)


# Numbers drawn for a tensor before they repeat: a prime, so that no axis of a kernel is periodic in it.
CYCLE = 65521


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--out", required=True)
    out = ap.parse_args().out
    fixture = {}
    for name, build, side in MODELS:
        model = build().eval()
        shapes = {k: list(v.shape) for k, v in model.state_dict().items()}
        model.load_state_dict({k: torch.from_numpy(tensor(k, s)) for k, s in shapes.items()})
        x = (floats(fnv1a("images"), 2 * side * side * 3) * 2 - 1).astype(np.float32).reshape(2, side, side, 3)
        with torch.no_grad():
            logits = model(torch.from_numpy(x).permute(0, 3, 1, 2).contiguous())
        print(name, sum(p.numel() for p in model.parameters()), float(logits.abs().max()), float(logits.std(0).mean()))
        fixture[name] = {"side": side, "shapes": shapes, "logits": [[float(f"{v:.8g}") for v in row.tolist()] for row in logits]}
    lines = ",\n".join(f'  "{name}": {json.dumps(entry)}' for name, entry in fixture.items())
    pathlib.Path(out).write_text("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    main()
