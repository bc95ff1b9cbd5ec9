"""Training steps of a Kernelcast graph in PyTorch, for comparison.

Reads one JSON line {"graph", "batch", "classes", "threads"} and answers {"version", "parameters"}; then, for each line
{"steps": n}, runs n steps (forward, backward, Adam) and answers {"cpuMs", "clockMs"} per step.
"""
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

ACTIVATIONS = {'none': lambda x: x, 'relu': lambda x: F.relu(x, inplace=True), 'relu6': lambda x: F.relu6(x, inplace=True)}


class Conv(nn.Module):
    def __init__(self, node):
        super().__init__()
        depthwise = node['op'] == 'depthwiseConv2d'
        inside = node['inChannels']
        outside = inside * node['multiplier'] if depthwise else node['filters']
        groups = inside if depthwise else node['groups']
        (top, bottom), (left, right) = node['padding']
        even = top == bottom and left == right
        self.uneven = None if even else (left, right, top, bottom)
        self.conv = nn.Conv2d(
            inside, outside, node['kernelSize'], node['strides'], (top, left) if even else 0,
            dilation=tuple(node.get('dilations', (1, 1))), groups=groups, bias=node['useBias'],
        )

    def forward(self, x):
        return self.conv(x if self.uneven is None else F.pad(x, self.uneven))


class Norm(nn.Module):
    def __init__(self, node):
        super().__init__()
        self.norm = nn.BatchNorm2d(node['channels'], eps=node['epsilon'])
        self.activate = ACTIVATIONS[node['activation']]

    def forward(self, x):
        return self.activate(self.norm(x))


class Graph(nn.Module):
    """The nodes of a graph in their order, then a classifier."""

    def __init__(self, graph, classes):
        super().__init__()
        self.nodes = graph['nodes']
        self.layers = nn.ModuleDict()
        for node in self.nodes:
            layer = self.layer(node)
            if layer is not None:
                self.layers[self.key(node)] = layer
        self.head = nn.Linear(graph['featureSize'], classes)

    @staticmethod
    def key(node):
        return node['id'].replace('.', '/')

    @staticmethod
    def layer(node):
        if node['op'] in ('conv2d', 'depthwiseConv2d'):
            return Conv(node)
        if node['op'] == 'batchNorm':
            return Norm(node)
        if node['op'] == 'dense':
            return nn.Linear(node['inFeatures'], node['units'], bias=node['useBias'])
        return None

    def run(self, node, x):
        key = self.key(node)
        if key in self.layers:
            return self.layers[key](x[0])
        op = node['op']
        if op == 'add':
            return ACTIVATIONS[node['activation']](x[0] + x[1])
        if op == 'activation':
            return ACTIVATIONS[node['activation']](x[0])
        if op == 'globalAveragePool':
            return x[0].mean((2, 3))
        raise ValueError(f'this comparison knows no {op}')

    def forward(self, x):
        values = {'input': x}
        for node in self.nodes:
            inputs = node['inputs'] if 'inputs' in node else [node['input']]
            x = values[node['id']] = self.run(node, [values[name] for name in inputs])
        return self.head(x)


def main():
    setup = json.loads(sys.stdin.readline())
    torch.set_num_threads(setup['threads'])
    torch.manual_seed(0)
    # The layout in which PyTorch's convolutions are fastest on a CPU.
    layout = torch.channels_last
    net = Graph(setup['graph'], setup['classes']).to(memory_format=layout)
    spec = setup['graph']['input']
    images = torch.randn(setup['batch'], spec['channels'], spec['height'], spec['width']).contiguous(memory_format=layout)
    labels = torch.arange(setup['batch']) % setup['classes']
    optimiser = torch.optim.Adam(net.parameters(), 1e-3)
    answer(version=torch.__version__, parameters=sum(p.numel() for p in net.parameters()))
    for line in sys.stdin:
        steps = json.loads(line)['steps']
        cpu, clock = time.process_time(), time.perf_counter()
        for _ in range(steps):
            optimiser.zero_grad()
            F.cross_entropy(net(images), labels).backward()
            optimiser.step()
        answer(cpuMs=(time.process_time() - cpu) * 1e3 / steps, clockMs=(time.perf_counter() - clock) * 1e3 / steps)


def answer(**values):
    print(json.dumps(values), flush=True)


main()
