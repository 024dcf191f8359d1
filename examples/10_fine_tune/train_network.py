"""
Made network.onnx: a network that tells three arms of a spiral apart, trained in PyTorch and exported by it.
usage: train_network.py FILE.onnx
"""
import math, sys, torch, torch.nn as nn, torch.nn.functional as F

torch.manual_seed(1)
rows, points, arms = 100, [], []
for arm in range(3):
    for i in range(1, rows + 1):
        radius = i / rows
        angle = 4 * radius + 2.0944 * arm
        points.append((radius * math.cos(angle), radius * math.sin(angle)))
        arms.append(arm)
x, y = torch.tensor(points), torch.tensor(arms)
network = nn.Sequential(nn.Linear(2, 24), nn.Tanh(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 3))
optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
for _ in range(600):
    optimizer.zero_grad()
    F.cross_entropy(network(x), y).backward()
    optimizer.step()
print('right:', int((network(x).argmax(1) == y).sum()), 'of', len(arms))
torch.onnx.export(network, x[:2], sys.argv[1], input_names=['points'], output_names=['logits'], opset_version=13,
                  dynamic_axes={'points': {0: 'rows'}, 'logits': {0: 'rows'}})
