"""PyTorch on the CPU: eager, its fused Adam, models side by side by baddbmm."""

from serve import THREADS, say, serve

try:
    import torch
    import torch.nn.functional as F
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
    return {"train": train, "distil": distil, "chain": chain, "small": small}[task["kind"]](task, arrays)


blas = "MKL" if torch.backends.mkl.is_available() else "its own BLAS"
serve("torch", torch.__version__, f"{blas}, {torch.backends.cpu.get_cpu_capability()} kernels", start)
