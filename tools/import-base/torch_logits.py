"""Writes what PyTorch computes on a few test images, as the expectation of libs/nets' own forward pass.

Usage: python3 torch_logits.py --weights resnet14-cifar10.torch.safetensors --data cifar10.zip --out logits.json

Weights are rounded to half precision first, as they are shipped, so that both sides compute with equal numbers.
"""
import argparse, base64, json, pathlib, struct, sys
import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "pretrain"))
from pretrain import ResNet14, load, normalise

# Test images are sorted by class, 1,000 each: this takes eight images of eight classes.
STRIDE, COUNT = 1111, 8


def read_safetensors(path):
    data = pathlib.Path(path).read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    own = lambda e: np.frombuffer(data[8 + size:][slice(*e["data_offsets"])], "<f4").reshape(e["shape"])
    return {name: torch.from_numpy(own(entry).copy()) for name, entry in header.items()}


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--weights", required=True)
    ap.add_argument("--data", required=True)
    ap.add_argument("--out", required=True)
    a = ap.parse_args()
    model = ResNet14()
    state = {k: v.half().float() for k, v in read_safetensors(a.weights).items()}
    missing = model.load_state_dict(state, strict=False)
    assert all(k.endswith("num_batches_tracked") for k in missing.missing_keys) and not missing.unexpected_keys
    model.eval()
    x = load(a.data)[1]["test"][0][::STRIDE][:COUNT]
    with torch.no_grad():
        logits = model(normalise(x))
    result = {
        "images": base64.b64encode(x.permute(0, 2, 3, 1).contiguous().numpy().tobytes()).decode(),
        "logits": [[round(float(v), 6) for v in row] for row in logits],
    }
    pathlib.Path(a.out).write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
