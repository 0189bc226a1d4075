"""The same computation as the benchmark program, in plain PyTorch: emotion2vec base, HuBERT base and WavLM base, one thread.

usage: base_size.py inference|lengths|pretraining|hubert|wavlm      (all but the first and third: features of clips of which no two are equally long)

Takes one step to warm up and says "ready"; then each line on standard input asks for a step, which answers with its
processor and wall seconds. At the end of the input it prints its peak memory.
"""
import sys
import time
import resource

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(1)
torch.manual_seed(1)
D, H, INNER, C = 768, 12, 3072, 512


class Swap(nn.Module):
    def forward(self, x):
        return x.transpose(1, 2)


class Extractor(nn.Sequential):
    def __init__(self):
        sizes = [(10, 5)] + [(3, 2)] * 4 + [(2, 2)] * 2
        layers = []
        for i, (k, s) in enumerate(sizes):
            layers += [nn.Conv1d(C if i else 1, C, k, s, bias=False), Swap(), nn.LayerNorm(C), Swap(), nn.GELU()]
        super().__init__(*layers)


class Convs(nn.Module):
    def __init__(self, inner, kernel, depth, residual):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv1d(D if i == 0 else inner, inner, kernel, padding=kernel // 2, groups=16) for i in range(depth))
        self.residual = residual

    def forward(self, x):
        x = x.transpose(1, 2)
        for conv in self.convs:
            y = conv(x).transpose(1, 2)
            y = F.gelu(F.layer_norm(y, y.shape[-1:]).transpose(1, 2))
            x = y + x if self.residual and x.shape == y.shape else y
        return x.transpose(1, 2)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.proj = nn.Linear(D, 3 * D), nn.Linear(D, D)
        self.fc1, self.fc2 = nn.Linear(D, INNER), nn.Linear(INNER, D)
        self.norm1, self.norm2 = nn.LayerNorm(D), nn.LayerNorm(D)

    def forward(self, x, bias):
        b, n, _ = x.shape
        p = 0.1 if self.training else 0.0
        q, k, v = self.qkv(x).reshape(b, n, 3, H, D // H).permute(2, 0, 3, 1, 4)
        a = (q * (D // H) ** -0.5) @ k.transpose(-2, -1) + bias
        a = F.dropout(a.softmax(-1), p)
        x = self.norm1(x + F.dropout(self.proj((a @ v).transpose(1, 2).reshape(b, n, D)), p))
        h = self.fc2(F.gelu(self.fc1(x)))
        return self.norm2(x + F.dropout(h, p)), h


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.extractor, self.norm, self.project = Extractor(), nn.LayerNorm(C), nn.Linear(C, D)
        self.positions = Convs(D, 19, 5, False)
        self.tokens, self.scale = nn.Parameter(torch.randn(1, 10, D)), nn.Parameter(torch.ones(1, H, 1, 1))
        self.context_norm = nn.LayerNorm(D)
        self.prenet = nn.ModuleList(Block() for _ in range(4))
        self.blocks = nn.ModuleList(Block() for _ in range(8))
        self.decoder, self.decoded = Convs(384, 7, 4, True), nn.Linear(384, D)
        self.register_buffer("slopes", (2.0 ** -torch.linspace(0.5, 8, H)).view(1, H, 1, 1))

    def local(self, waves):
        return self.project(self.norm(self.extractor(waves.unsqueeze(1)).transpose(1, 2)))

    def alibi(self, places):
        distance = (places.unsqueeze(1) - places.unsqueeze(2)).abs().unsqueeze(1)
        return F.pad(-distance * self.slopes * self.scale.clamp_min(0), (10, 0, 10, 0))

    def encode(self, x, bias):
        x = self.context_norm(torch.cat([self.tokens.expand(len(x), -1, -1), x], 1))
        x = F.dropout(x, 0.1 if self.training else 0.0)
        targets = []
        for block in self.prenet:
            x, _ = block(x, bias)
        for block in self.blocks:
            x, h = block(x, bias)
            targets.append(h)
        return x, targets

    def features(self, waves):
        x = self.local(waves)
        x = x + self.positions(x)
        return self.encode(x, self.alibi(torch.arange(x.shape[1]).unsqueeze(0)))[0]


class SpeechBlock(nn.Module):
    def __init__(self, gated):
        super().__init__()
        self.q, self.k, self.v, self.proj = (nn.Linear(D, D) for _ in range(4))
        self.fc1, self.fc2 = nn.Linear(D, INNER), nn.Linear(INNER, D)
        self.norm1, self.norm2 = nn.LayerNorm(D), nn.LayerNorm(D)
        if gated:
            self.gates, self.grep = nn.Linear(D // H, 8), nn.Parameter(torch.ones(1, H, 1, 1))

    def forward(self, x, positions):
        b, n, _ = x.shape
        split = lambda t: t.view(b, n, H, D // H).transpose(1, 2).reshape(b * H, n, D // H)
        q, k, v = split(self.q(x) * (D // H) ** -0.5), split(self.k(x)), split(self.v(x))
        a = torch.bmm(q, k.transpose(1, 2))
        if positions is not None:
            gate_a, gate_b = self.gates(x.view(b, n, H, -1).transpose(1, 2)).view(b, H, n, 2, 4).sum(-1).sigmoid().chunk(2, -1)
            a = a + ((gate_a * (gate_b * self.grep - 1) + 2) * positions).view(b * H, n, n)
        a = torch.bmm(a.softmax(-1), v).view(b, H, n, D // H).transpose(1, 2).reshape(b, n, D)
        x = self.norm1(x + self.proj(a))
        return self.norm2(x + self.fc2(F.gelu(self.fc1(x))))


class SpeechModel(nn.Module):
    """HuBERT base; gated: WavLM base."""

    def __init__(self, gated):
        super().__init__()
        sizes = [(10, 5)] + [(3, 2)] * 4 + [(2, 2)] * 2
        layers = []
        for i, (k, s) in enumerate(sizes):
            layers += [nn.Conv1d(C if i else 1, C, k, s, bias=False)] + ([nn.GroupNorm(C, C)] if i == 0 else []) + [nn.GELU()]
        self.extractor, self.norm, self.project = nn.Sequential(*layers), nn.LayerNorm(C), nn.Linear(C, D)
        self.positions = nn.utils.weight_norm(nn.Conv1d(D, D, 128, padding=64, groups=16), dim=2)
        self.encoder_norm = nn.LayerNorm(D)
        self.blocks = nn.ModuleList(SpeechBlock(gated) for _ in range(12))
        self.table = nn.Embedding(320, H) if gated else None

    def buckets(self, n):
        distance = torch.arange(n)[None, :] - torch.arange(n)[:, None]
        far = distance.abs()
        large = (80 + torch.log(far.float() / 80) / 2.302585092994046 * 80).long().clamp_max(159)
        return (distance > 0).long() * 160 + torch.where(far < 80, far, large)

    def features(self, waves):
        x = self.project(self.norm(self.extractor(waves.unsqueeze(1)).transpose(1, 2)))
        x = self.encoder_norm(x + F.gelu(self.positions(x.transpose(1, 2))[:, :, :-1]).transpose(1, 2))
        positions = self.table(self.buckets(x.shape[1])).permute(2, 0, 1).unsqueeze(0) if self.table is not None else None
        for block in self.blocks:
            x = block(x, positions)
        return x


def pretrain(student, teacher, optimizer, waves, mask, clones=8):
    optimizer.zero_grad(set_to_none=True)
    local = student.local(waves)
    with torch.no_grad():
        x = local + teacher.positions(local)
        _, layers = teacher.encode(x, teacher.alibi(torch.arange(x.shape[1]).unsqueeze(0)))
        targets = sum(F.instance_norm(h[:, 10:].transpose(1, 2)) for h in layers).transpose(1, 2) / len(layers)
        targets = targets.repeat_interleave(clones, 0)
    x = local.repeat_interleave(clones, 0)
    order = mask.sort(dim=1, stable=True)[1]
    keep = order[:, : int((mask[0] == 0).sum())]
    pos = student.positions(x * (1 - mask).unsqueeze(-1).float())
    gather = lambda t, i: t.gather(1, i.unsqueeze(-1).expand(-1, -1, D))
    x, _ = student.encode(gather(x, keep) + gather(pos, keep), student.alibi(keep))
    x = F.dropout(x, 0.1)
    noise = torch.randn(len(x), mask.shape[1] - keep.shape[1], D) * 0.01
    y = student.decoded(student.decoder(gather(torch.cat([x[:, 10:], noise], 1), order.argsort(1))))
    hidden = mask.bool()
    frame = (y[hidden] - targets[hidden]).pow(2).sum() / D ** 0.5
    utterance = (x[:, :10].mean(1) - targets.mean(1)).pow(2).sum() / D ** 0.5 * hidden.sum()
    (frame + utterance).backward()
    for p in student.parameters():
        if p.grad is not None:
            p.grad.div_(hidden.sum())
    optimizer.step()
    with torch.no_grad():
        for e, p in zip(teacher.parameters(), student.parameters()):
            e.mul_(0.999).add_(p, alpha=0.001)


def main():
    what = sys.argv[1]
    model = SpeechModel(what == "wavlm") if what in ("hubert", "wavlm") else Model()
    if what != "pretraining":
        model.eval()
        waves = F.layer_norm(torch.randn(1, 80000), (80000,))
        steps = iter(range(100)) if what in ("lengths", "hubert", "wavlm") else iter(lambda: 0, 1)

        def step():
            with torch.no_grad():
                model.features(waves[:, : 80000 - 320 * next(steps)])
    else:
        teacher = Model().eval()
        teacher.load_state_dict(model.state_dict())
        optimizer = torch.optim.AdamW(model.parameters(), 7.5e-5, (0.9, 0.98), 1e-6, 0.01)
        waves = F.layer_norm(torch.randn(3, 80000), (80000,))
        mask = (torch.rand(24, 249).argsort(1) < 124).long()

        def step():
            pretrain(model, teacher, optimizer, waves, mask)
    step()
    print("ready", flush=True)
    for _ in sys.stdin:
        cpu, wall = time.process_time(), time.perf_counter()
        step()
        print(f"{time.process_time() - cpu:.4f} {time.perf_counter() - wall:.4f}", flush=True)
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}")


main()
