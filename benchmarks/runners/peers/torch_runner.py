"""PyTorch on the CPU: eager, its fused Adam, models side by side by baddbmm."""

import time

from serve import THREADS, say, serve

try:
    import torch
    import torch.nn.functional as F

    import torch_llama as llama
except (ImportError, OSError, ValueError):
    say(missing="PyTorch is not installed; run benchmarks/setup.sh")
    raise SystemExit(0) from None

torch.set_num_threads(THREADS)


def trainer(task, arrays, loss_of):
    """A function that takes one step and gives the loss of each model."""
    models, sizes = task["models"], task["sizes"]
    lead = [] if models is None else [models]
    params = []
    for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        weight = torch.from_numpy(arrays.read(f"weight{i}.f32", [*lead, inputs, outputs]))
        bias = torch.zeros([*lead, 1, outputs] if lead else [outputs])
        params += [weight.requires_grad_(), bias.requires_grad_()]
    adam = torch.optim.Adam(params, lr=task["learningRate"], fused=True)
    dense = torch.baddbmm if lead else torch.addmm

    def logits(x):
        for i in range(0, len(params), 2):
            x = dense(params[i + 1], x if i == 0 else F.relu(x), params[i])
        return x

    def step(*batch):
        losses = loss_of(logits, *batch)
        adam.zero_grad(set_to_none=True)
        losses.sum().backward()
        adam.step()
        return losses.detach().reshape(-1).tolist()

    return step


def train(task, arrays):
    models, sizes, batch, classes = task["models"], task["sizes"], task["batch"], task["classes"]
    lead = [] if models is None else [models]
    images = torch.from_numpy(arrays.read("images.f32", [*lead, batch, sizes[0]]))
    labels = torch.from_numpy(arrays.read("labels.i32", [*lead, batch])).long()

    def loss(logits):
        z = logits(images)[..., :classes]
        if models is None:
            return F.cross_entropy(z, labels)
        each = F.cross_entropy(z.reshape(-1, classes), labels.reshape(-1), reduction="none")
        return each.reshape(models, batch).mean(1)

    step = trainer(task, arrays, loss)
    return {"step": step}


def distil(task, arrays):
    models, sizes, batch, images = task["models"], task["sizes"], task["batch"], task["images"]
    classes = task["classes"]
    targets = torch.from_numpy(arrays.read("targets.f32", [models, images, sizes[-1] - classes]))

    def loss(logits, x, target):
        z = F.log_softmax(logits(x)[..., classes:], -1)
        t = F.log_softmax(target, -1)
        return F.kl_div(z, t, reduction="none", log_target=True).sum(-1).mean(-1)

    update = trainer(task, arrays, loss)

    def some(target):
        # As the released script of the paper draws its noise, a batch at a time.
        return update(torch.rand(models, target.shape[1], sizes[0]) * 2 - 1, target)

    at = 0

    def step():
        nonlocal at
        if images - at < batch:
            at = 0
        at += batch
        return some(targets[:, at - batch : at])

    def epoch():
        order = torch.argsort(torch.rand(models, images), 1)
        for at in range(0, images, batch):
            index = order[:, at : at + batch, None].expand(-1, -1, targets.shape[2])
            some(targets.gather(1, index))

    return {"step": step, "epoch": epoch}


def gpt_parameters(task, arrays, shapes):
    """The shared weights, by their names."""
    models = task["models"]
    lead = [] if models is None else [models]
    name = f"gpt{task['width']}"
    read = lambda part, shape, kind: torch.from_numpy(arrays.read(f"{name}.{part}.{kind}", [*lead, *shape]))
    params = {part: read(part, shape, "f32").requires_grad_() for part, shape in shapes}
    tokens, following = (read(part, [task["batch"], task["length"]], "i32").long() for part in ("tokens", "next"))
    return params, tokens, following


def gpt_shapes(task):
    d, hidden = task["width"], task["hidden"]
    dense = lambda name, inputs, outputs: [(f"{name}.weight", [inputs, outputs]), (f"{name}.bias", [outputs])]
    norm = lambda name: [(f"{name}.scale", [d]), (f"{name}.bias", [d])]
    shapes = [("embedding", [task["vocabulary"], d]), ("positions", [task["length"], d])]
    for i in range(task["blocks"]):
        shapes += norm(f"{i}.first")
        for name in ("query", "key", "value", "output"):
            shapes += dense(f"{i}.{name}", d, d)
        shapes += [*norm(f"{i}.second"), *dense(f"{i}.up", d, hidden), *dense(f"{i}.down", hidden, d)]
    return [*shapes, *norm("norm")]


def gpt_loss(task, p, tokens, following):
    """The loss of one model."""
    batch, length, d, heads = task["batch"], task["length"], task["width"], task["heads"]

    def dense(x, name):
        y = torch.addmm(p[f"{name}.bias"], x.reshape(batch * length, -1), p[f"{name}.weight"])
        return y.reshape(batch, length, -1)

    def norm(x, name):
        return F.layer_norm(x, (d,), p[f"{name}.scale"], p[f"{name}.bias"])

    x = F.embedding(tokens, p["embedding"]) + p["positions"]
    for i in range(task["blocks"]):
        y = norm(x, f"{i}.first")
        q, k, v = (
            dense(y, f"{i}.{name}").reshape(batch, length, heads, -1).transpose(1, 2)
            for name in ("query", "key", "value")
        )
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + dense(mixed.transpose(1, 2).reshape(batch, length, d), f"{i}.output")
        y = F.gelu(dense(norm(x, f"{i}.second"), f"{i}.up"), approximate="tanh")
        x = x + dense(y, f"{i}.down")
    z = norm(x, "norm").reshape(batch * length, d) @ p["embedding"].T
    return F.cross_entropy(z, following.reshape(-1))


def gpt_losses(task, p, tokens, following):
    """The losses of models side by side, batched by hand."""
    models, batch, length, d, heads = (task[it] for it in ("models", "batch", "length", "width", "heads"))

    def dense(x, name):
        y = torch.baddbmm(p[f"{name}.bias"][:, None], x.reshape(models, batch * length, -1), p[f"{name}.weight"])
        return y.reshape(models, batch, length, -1)

    def norm(x, name):
        scale, bias = (p[f"{name}.{part}"][:, None, None] for part in ("scale", "bias"))
        return torch.addcmul(bias, F.layer_norm(x, (d,)), scale)

    first = (torch.arange(models) * task["vocabulary"])[:, None, None]
    x = F.embedding(tokens + first, p["embedding"].reshape(-1, d)) + p["positions"][:, None]
    for i in range(task["blocks"]):
        y = norm(x, f"{i}.first")
        q, k, v = (
            dense(y, f"{i}.{name}").reshape(models * batch, length, heads, -1).transpose(1, 2)
            for name in ("query", "key", "value")
        )
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2)
        x = x + dense(mixed.reshape(models, batch, length, d), f"{i}.output")
        y = F.gelu(dense(norm(x, f"{i}.second"), f"{i}.up"), approximate="tanh")
        x = x + dense(y, f"{i}.down")
    z = torch.bmm(norm(x, "norm").reshape(models, batch * length, d), p["embedding"].transpose(1, 2))
    each = F.cross_entropy(z.reshape(-1, task["vocabulary"]), following.reshape(-1), reduction="none")
    return each.reshape(models, -1).mean(1)


def gpt(task, arrays):
    params, tokens, following = gpt_parameters(task, arrays, gpt_shapes(task))
    adam = torch.optim.AdamW(params.values(), lr=task["learningRate"], weight_decay=task["weightDecay"], fused=True)
    loss = gpt_loss if task["models"] is None else gpt_losses

    def step():
        losses = loss(task, params, tokens, following)
        adam.zero_grad(set_to_none=True)
        losses.sum().backward()
        adam.step()
        return losses.detach().reshape(-1).tolist()

    if task["models"] is None:
        return {"step": step}
    mapped = torch.func.vmap(torch.func.grad_and_value(lambda p, t, n: gpt_loss(task, p, t, n)))

    def step_by_vmap():
        with torch.no_grad():
            gradients, losses = mapped({name: it.detach() for name, it in params.items()}, tokens, following)
        for name, it in params.items():
            it.grad = gradients[name]
        adam.step()
        return losses.tolist()

    # the first two steps are checked; of the ways to go on, the faster is timed
    ways = [step, step_by_vmap]
    done = []

    def either():
        if len(done) < 4:
            way = ways[len(done) // 2]
            before = time.perf_counter()
            losses = way()
            done.append(time.perf_counter() - before)
            return losses
        return ways[0 if done[1] < done[3] else 1]()

    return {"step": either}


OPS = {
    "mul": torch.mul,
    "add": torch.add,
    "min": lambda x, c: torch.clamp(x, max=c),
    "max": lambda x, c: torch.clamp(x, min=c),
    "abs": torch.abs,
    "square": torch.square,
    "neg": torch.neg,
}


def chain(task, _):
    n = task["elements"]
    x = torch.arange(n) / n

    def eager(x):
        for op, *value in task["chain"]:
            x = OPS[op](x, *value)
        return x

    f = torch.compile(eager)
    try:
        f(x)  # needs a C++ compiler
    except Exception:
        f = eager
    return {"step": lambda: f(x)[[0, n // 2, n - 1]].tolist()}


def small(task, _):
    n = task["small"]
    x = torch.arange(n * n).reshape(n, n) / n / n
    w = (torch.arange(n * n) % n).reshape(n, n) / n / n
    b = torch.arange(n) / n

    def f(x):
        return torch.relu(torch.addmm(b, x, w))

    calls = 1000

    def fast():
        y = x
        with torch.inference_mode():
            for _ in range(calls):
                y = f(y)

    return {"step": lambda: f(x)[-1].tolist(), "fast": fast, "calls": calls}


def start(task, arrays):
    kinds = {
        "train": train,
        "distil": distil,
        "chain": chain,
        "small": small,
        "gpt": gpt,
        "decode": llama.decode,
        "lora": llama.lora,
    }
    return kinds[task["kind"]](task, arrays)


blas = "MKL" if torch.backends.mkl.is_available() else "its own BLAS"
serve("torch", torch.__version__, f"{blas}, {torch.backends.cpu.get_cpu_capability()} kernels", start)
