"""Pretrains the bundled base networks (ResNet-14 and MobileNetV2 for 32x32 inputs) on CIFAR-10.

Usage: python3 pretrain.py --data cifar10.zip --out resnet14-cifar10.torch.safetensors
       python3 pretrain.py --data cifar10.zip --architecture mobilenetv2 --out mobilenetv2-cifar10.torch.safetensors
       python3 pretrain.py --data cifar10.zip --classes airplane,automobile,bird,cat,deer --out ...

`--classes` leaves the other classes out, so that a later task can be made of images the base never saw.
`cifar10.zip` holds `train/<class>/*.jpg` and `test/<class>/*.jpg`. Needs Debian's python3-torch and python3-pil.
The result is a float32 safetensors file with torchvision's parameter names and layouts; `tools/import-base`
turns it into the artifact under `assets/base-networks/`. The run is seeded; with the same thread count and
the same torch build it repeats.
"""
import argparse, io, json, struct, time, zipfile
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from PIL import Image

# (channels, blocks) of each stage; every stage halves the resolution in its first block.
STAGES = ((32, 2), (64, 2), (128, 1), (256, 1))
STEM = 32
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


class BasicBlock(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        project = stride != 1 or cin != cout
        self.downsample = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout)) if project else None

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet14(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, STEM, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(STEM)
        cin = STEM
        for n, (c, blocks) in enumerate(STAGES, 1):
            layer = nn.Sequential(*[BasicBlock(cin if b == 0 else c, c, 2 if b == 0 else 1) for b in range(blocks)])
            setattr(self, f"layer{n}", layer)
            cin = c
        self.fc = nn.Linear(cin, classes)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
            if isinstance(m, BasicBlock):
                nn.init.zeros_(m.bn2.weight)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        for n in range(1, len(STAGES) + 1):
            x = getattr(self, f"layer{n}")(x)
        return self.fc(x.mean((2, 3)))


# (expansion, channels, blocks, stride of the first) of MobileNetV2 (arXiv 1801.04381, table 2), but for the 24-channel
# stage, which keeps the resolution: 32 x 32 pixels leave room for four halvings, the stem's included.
INVERTED = ((1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def conv_norm(cin, cout, side, stride=1, groups=1):
    return nn.Sequential(nn.Conv2d(cin, cout, side, stride, side // 2, groups=groups, bias=False), nn.BatchNorm2d(cout), nn.ReLU6())


class InvertedResidual(nn.Module):
    def __init__(self, cin, cout, stride, expansion):
        super().__init__()
        hidden = cin * expansion
        layers = [conv_norm(cin, hidden, 1)] if expansion != 1 else []
        self.conv = nn.Sequential(*layers, conv_norm(hidden, hidden, 3, stride, hidden), nn.Conv2d(hidden, cout, 1, bias=False), nn.BatchNorm2d(cout))
        self.adds = stride == 1 and cin == cout

    def forward(self, x):
        return x + self.conv(x) if self.adds else self.conv(x)


class MobileNetV2(nn.Module):
    """Module names are torchvision's."""

    def __init__(self, classes=10, width=1.0):
        super().__init__()
        scaled = lambda c: max(8, int(c * width + 4) // 8 * 8)
        cin, last = scaled(32), max(1280, scaled(1280 * width)) if width > 1 else 1280
        layers = [conv_norm(3, cin, 3, 2)]
        for t, c, n, s in INVERTED:
            for b in range(n):
                layers.append(InvertedResidual(cin, scaled(c), s if b == 0 else 1, t))
                cin = scaled(c)
        self.features = nn.Sequential(*layers, conv_norm(cin, last, 1))
        self.classifier = nn.Sequential(nn.Dropout(0.1), nn.Linear(last, classes))
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out")

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


ARCHITECTURES = {"resnet14": ResNet14, "mobilenetv2": MobileNetV2}


def load(path, only):
    with zipfile.ZipFile(path) as z:
        names = sorted(n for n in z.namelist() if n.lower().endswith((".jpg", ".png")))
        classes = sorted({n.split("/")[1] for n in names})
        if only:
            classes = sorted(only)
            names = [n for n in names if n.split("/")[1] in classes]
        parts = {}
        for split in ("train", "test"):
            own = [n for n in names if n.startswith(split + "/")]
            x = np.stack([np.asarray(Image.open(io.BytesIO(z.read(n))).convert("RGB"), np.uint8) for n in own])
            y = np.array([classes.index(n.split("/")[1]) for n in own])
            parts[split] = (torch.from_numpy(x).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(y))
    return classes, parts


def normalise(x):
    mean, std = torch.tensor(MEAN).view(1, 3, 1, 1), torch.tensor(STD).view(1, 3, 1, 1)
    return ((x.float() / 255 - mean) / std).contiguous(memory_format=torch.channels_last)


def augment(x, generator):
    """Random crop out of a reflect-padded image, random horizontal flip."""
    n, pad = len(x), 4
    padded = F.pad(x.float(), (pad,) * 4, mode="reflect").to(torch.uint8)
    dy, dx = (torch.randint(0, 2 * pad + 1, (n,), generator=generator) for _ in range(2))
    r = torch.arange(32)
    out = padded[torch.arange(n)[:, None, None], :, (dy[:, None] + r)[:, :, None], (dx[:, None] + r)[:, None, :]].permute(0, 3, 1, 2)
    flip = torch.rand(n, generator=generator) < 0.5
    return torch.where(flip.view(-1, 1, 1, 1), out.flip(3), out)


@torch.no_grad()
def accuracy(model, x, y):
    model.eval()
    hits = sum(int((model(normalise(x[i:i + 500])).argmax(1) == y[i:i + 500]).sum()) for i in range(0, len(x), 500))
    return hits / len(x)


def save_safetensors(path, state, metadata):
    header, offset, blobs = {"__metadata__": metadata}, 0, []
    for name in sorted(state):
        data = np.ascontiguousarray(state[name].detach().float().numpy()).tobytes()
        header[name] = {"dtype": "F32", "shape": list(state[name].shape), "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
        blobs.append(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def read_safetensors(path):
    with open(path, "rb") as f:
        data = f.read()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:start])
    read = lambda t: np.frombuffer(data, np.float32, offset=start + t["data_offsets"][0], count=int(np.prod(t["shape"]))).reshape(t["shape"])
    return {k: torch.from_numpy(read(t).copy()) for k, t in header.items() if k != "__metadata__"}


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--data", required=True)
    ap.add_argument("--out", required=True)
    ap.add_argument("--architecture", choices=sorted(ARCHITECTURES), default="resnet14")
    ap.add_argument("--classes", default="", help="comma-separated names; all when empty")
    ap.add_argument("--epochs", type=int, default=24)
    ap.add_argument("--batch", type=int, default=128)
    ap.add_argument("--peak-lr", type=float, default=0.2)
    ap.add_argument("--warm-up", type=float, default=0.2, help="share of the steps in which the rate rises to its peak")
    ap.add_argument("--start-from", help="weights of an earlier run (its --out), to go on from with a new schedule")
    ap.add_argument("--threads", type=int, default=2)
    ap.add_argument("--seed", type=int, default=1)
    a = ap.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    g = torch.Generator().manual_seed(a.seed)
    classes, parts = load(a.data, [name for name in a.classes.split(",") if name])
    (x, y), (xt, yt) = parts["train"], parts["test"]
    model = ARCHITECTURES[a.architecture](len(classes)).to(memory_format=torch.channels_last)
    if a.start_from:
        missing = model.load_state_dict(read_safetensors(a.start_from), strict=False)
        assert not missing.unexpected_keys and all(k.endswith("num_batches_tracked") for k in missing.missing_keys), missing
    print("parameters", sum(p.numel() for p in model.parameters()), flush=True)
    steps = len(x) // a.batch
    decay = [p for p in model.parameters() if p.dim() > 1]
    plain = [p for p in model.parameters() if p.dim() <= 1]
    opt = torch.optim.SGD([{"params": decay, "weight_decay": 5e-4}, {"params": plain}], lr=a.peak_lr, momentum=0.9, nesterov=True)
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=a.peak_lr, total_steps=a.epochs * steps, pct_start=a.warm_up)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.1)
    start = time.time()
    for epoch in range(a.epochs):
        model.train()
        order = torch.randperm(len(x), generator=g)
        for s in range(steps):
            i = order[s * a.batch:(s + 1) * a.batch]
            loss = loss_of(model(normalise(augment(x[i], g))), y[i])
            opt.zero_grad(set_to_none=True)
            loss.backward()
            opt.step()
            sched.step()
            if epoch == 0 and s % 50 == 0:
                print(f"step {s} loss {loss.item():.3f} {(s + 1) * a.batch / (time.time() - start):.0f} images/s", flush=True)
        acc = accuracy(model, xt, yt)
        print(f"epoch {epoch + 1}/{a.epochs} loss {loss.item():.3f} test accuracy {acc:.4f} after {time.time() - start:.0f} s", flush=True)
        state = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
        meta = {"architecture": a.architecture, "classes": json.dumps(classes), "testAccuracy": f"{acc:.4f}", "epochs": str(epoch + 1),
                "seconds": f"{time.time() - start:.0f}", "seed": str(a.seed), "torch": torch.__version__}
        save_safetensors(a.out, state, meta)


if __name__ == "__main__":
    main()
