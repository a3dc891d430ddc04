"""A model of Llama's kind in PyTorch: decoding with a static cache, and low-rank additions to all layers."""

import torch
import torch.nn.functional as F


def layers_of(task):
    d, hidden = task["width"], task["hidden"]
    narrow = d // task["heads"] * task["groups"]
    return {
        "query": (d, d),
        "key": (d, narrow),
        "value": (d, narrow),
        "output": (d, d),
        "gate": (d, hidden),
        "up": (d, hidden),
        "down": (hidden, d),
    }


class Llama:
    """Weights as `F.linear` takes them, [outputs, inputs], a list of them for each name."""

    def __init__(self, task, arrays):
        self.task = task
        blocks, d = task["blocks"], task["width"]
        dtype = {"f32": torch.float32, "bf16": torch.bfloat16}[task["dtype"]]
        read = lambda name, shape: torch.from_numpy(arrays.read(f"llama.{name}.f32", shape)).to(dtype)
        self.embedding = read("embedding", [task["vocabulary"], d])
        self.norm = read("norm", [d])
        self.scales = {name: list(read(name, [blocks, d])) for name in ("first", "second")}
        self.weights = {
            name: [it.T.contiguous() for it in read(name, [blocks, *shape])] for name, shape in layers_of(task).items()
        }
        depth = d // task["heads"]
        half = depth // 2
        angles = torch.arange(task["length"])[:, None] * 10000.0 ** (-torch.arange(half) / half)
        self.cos, self.sin = (torch.cat([f(angles)] * 2, -1).to(dtype) for f in (torch.cos, torch.sin))

    def turned(self, x, at):
        """x [batch, heads, tokens, depth] by the angles of the positions `at`."""
        a, b = x.chunk(2, -1)
        return x * self.cos[at] + torch.cat([-b, a], -1) * self.sin[at]

    def normed(self, x, scale):
        return F.rms_norm(x, (self.task["width"],), scale, 1e-6)

    def block(self, i, x, at, attend, dense):
        """A block on x [batch, tokens, width]; `dense` applies a layer, `attend` finds answers."""
        batch, tokens, d = x.shape
        depth = d // self.task["heads"]
        apart = lambda y: y.reshape(batch, tokens, -1, depth).transpose(1, 2)
        y = self.normed(x, self.scales["first"][i])
        q, k = (self.turned(apart(dense(y, name, i)), at) for name in ("query", "key"))
        mixed = attend(q, k, apart(dense(y, "value", i)))
        x = x + dense(mixed.transpose(1, 2).reshape(batch, tokens, d), "output", i)
        y = self.normed(x, self.scales["second"][i])
        return x + dense(F.silu(dense(y, "gate", i)) * dense(y, "up", i), "down", i)

    def plain(self, x, name, i):
        return F.linear(x, self.weights[name][i])

    def logits(self, x):
        return F.linear(self.normed(x, self.norm), self.embedding)


def decode(task, arrays):
    model = Llama(task, arrays)
    batch, length, groups = task["batch"], task["length"], task["groups"]
    depth = task["width"] // task["heads"]
    first = torch.from_numpy(arrays.read("llama.tokens.i32", [batch])).long()
    shape = [task["blocks"], batch, groups, length, depth]
    cache = [torch.zeros(shape, dtype=model.embedding.dtype) for _ in range(2)]

    @torch.inference_mode()
    def step():
        tokens, found = first, []
        for at in range(length):
            x = F.embedding(tokens, model.embedding)[:, None]
            for i in range(task["blocks"]):

                def attend(q, k, v):
                    for all, some in zip(cache, (k, v)):
                        all[i, :, :, at : at + 1] = some
                    seen = (all[i, :, :, : at + 1] for all in cache)
                    return F.scaled_dot_product_attention(q, *seen, enable_gqa=True)

                x = model.block(i, x, slice(at, at + 1), attend, model.plain)
            scores = model.logits(x[:, 0])
            best, tokens = scores.max(-1)
            found.append(best.float().mean())
        return [found[0].item()]

    return {"step": step}


def lora(task, arrays):
    model = Llama(task, arrays)
    batch, length, blocks, rank = task["batch"], task["length"], task["blocks"], task["rank"]
    tokens, following = (
        torch.from_numpy(arrays.read(f"llama.{name}.i32", [batch, length])).long() for name in ("tokens", "next")
    )
    added = {}
    for name, (inputs, outputs) in layers_of(task).items():
        a = torch.from_numpy(arrays.read(f"llama.{name}.a.f32", [blocks, inputs, rank]))
        added[name] = [(it.clone().requires_grad_(), torch.zeros(rank, outputs, requires_grad=True)) for it in a]
    adam = torch.optim.Adam([it for pairs in added.values() for pair in pairs for it in pair], lr=task["learningRate"], fused=True)

    def dense(x, name, i):
        a, b = added[name][i]
        return model.plain(x, name, i) + (x @ a) @ b

    def attend(q, k, v):
        return F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)

    def step():
        x = F.embedding(tokens, model.embedding)
        for i in range(blocks):
            x = model.block(i, x, slice(None), attend, dense)
        loss = F.cross_entropy(model.logits(x).reshape(batch * length, -1), following.reshape(-1))
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        return [loss.item()]

    return {"step": step}
