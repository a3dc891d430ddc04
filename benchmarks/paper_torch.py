"""Section 6 of the paper (arXiv 2507.14805) in plain PyTorch on the CPU, beside Umbra's `paper` preset.

The settings are those of paper.json. All models are trained side by side, and the result is written in the shape
of the laboratory's result.json.
"""

import time

START = time.perf_counter()  # first, for imports are part of the time

import argparse
import gzip
import hashlib
import json
import os
import platform
import re
import sys
from decimal import Decimal
from pathlib import Path

try:
    import torch
    import torch.nn.functional as F
except (ImportError, OSError, ValueError):
    sys.exit("paper_torch: PyTorch is not installed; run benchmarks/setup.sh")

HERE = Path(__file__).resolve().parent
PAPER = json.loads((HERE / "paper.json").read_text())
PIXELS, CLASSES = 784, 10


def say(line):
    print(line, file=sys.stderr, flush=True)


# --- data


def digits(folder, name, count):
    """The first `count` images [n, 784] in [-1, 1], and labels [n]."""

    def read(kind, header):
        path = folder / f"{name}-{kind}-ubyte.gz"
        try:
            content = bytearray(gzip.decompress(path.read_bytes()))
        except (OSError, EOFError) as error:
            reason = getattr(error, "strerror", None) or error
            sys.exit(f"paper_torch: {path}: {reason}; npm run datasets:fetch brings it")
        return torch.frombuffer(content, dtype=torch.uint8, offset=header)

    images = read("images-idx3", 16).view(-1, PIXELS)[:count]
    labels = read("labels-idx1", 8)[:count]
    return (images.float() / 255 - 0.5) / 0.5, labels.long()


# --- the models, side by side: every parameter has the models first


def initial(config, generators):
    """[weight, bias] of every layer: normal with deviation 1/sqrt(fan_in), and zero."""
    params = []
    sizes = [PIXELS, *config["hidden"], CLASSES + config["aux"]]
    for fan_in, fan_out in zip(sizes, sizes[1:]):
        weight = torch.stack([torch.randn(fan_in, fan_out, generator=g) for g in generators]) / fan_in**0.5
        params += [weight, torch.zeros(len(generators), 1, fan_out)]
    return params


def forward(params, x):
    """Logits [models, batch, 10 + m] of images [models, batch, 784]."""
    for i in range(0, len(params), 2):
        x = torch.baddbmm(params[i + 1], x if i == 0 else F.relu_(x), params[i])
    return x


@torch.inference_mode()
def accuracy(params, images, labels, chunk=1000):
    """Each model's share of the digits whose greatest class logit is right."""
    models = len(params[0])
    right = torch.zeros(models, dtype=torch.long)
    for x, y in zip(images.split(chunk), labels.split(chunk)):
        guess = forward(params, x.expand(models, -1, -1))[..., :CLASSES].argmax(-1)
        right += (guess == y).sum(1)
    return [count / len(labels) for count in right.tolist()]


# --- training


def train(phase, config, start, generators, images, targets, epochs, loss_of, evaluate):
    """Trains from `start`, and gives the parameters and the curves, each [epochs][models].

    `images` is [models or 1, n, 784] and `targets` [models or 1, n, ...]. Each model draws its own order.
    """
    models, n, size = len(generators), images.shape[1], config["batch"]
    params = [p.clone().requires_grad_() for p in start]
    adam = torch.optim.Adam(
        params,
        lr=config["learningRate"],
        betas=(config["beta1"], config["beta2"]),
        eps=config["epsilon"],
        fused=True,
    )
    # One batch's memory for all batches: fresh pages for each cost more than the copy itself.
    x = torch.empty(models, size, PIXELS)
    own = images.expand(models, -1, -1)
    which = torch.arange(models)[:, None] % len(targets)
    losses, accuracies = [], []
    for epoch in range(epochs):
        began = time.perf_counter()
        order = torch.stack([torch.randperm(n, generator=g) for g in generators])
        total = torch.zeros(models)
        for index in order.split(size, 1):
            batch = x[:, : index.shape[1]]
            for model in range(models):
                torch.index_select(own[model], 0, index[model], out=batch[model])
            loss = loss_of(forward(params, batch), targets[which, index])
            adam.zero_grad()
            loss.sum().backward()  # each model's parameters get the gradient of its own loss
            adam.step()
            total += loss.detach() * index.shape[1] / n
        losses.append(total.tolist())
        accuracies.append(evaluate(params))
        mean = sum(accuracies[-1]) / models
        seconds = time.perf_counter() - began
        say(f"{phase} {epoch + 1}/{epochs}: loss {total.mean():.4g}, accuracy {mean:.4f}, {seconds:.1f} s")
    return [p.detach() for p in params], {"loss": losses, "accuracy": accuracies}


def cross_entropy(logits, labels):
    """Each model's mean loss on the class logits alone."""
    z = logits[..., :CLASSES]
    return F.cross_entropy(z.flatten(0, 1), labels.flatten(), reduction="none").view(labels.shape).mean(1)


def divergence(chosen):
    """Each model's mean KL(softmax(teacher) || softmax(student)) over the chosen logits."""

    def loss(logits, teacher):
        student = F.log_softmax(logits[..., chosen], -1)
        return F.kl_div(student, teacher, reduction="none", log_target=True).sum(-1).mean(-1)

    return loss


def run(config, folder):
    """A row a seed and arm."""
    seeds = range(config["seed"], config["seed"] + config["seeds"])
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    images, labels = digits(folder, "train", config["trainDigits"])
    test = digits(folder, "t10k", config["testDigits"])
    measured = {}

    def evaluate(params):
        return accuracy(params, *test)

    init = initial(config, generators)
    if "reference" in config["arms"]:
        measured["reference"] = (evaluate(init), {})

    def trained(arm, *rest):
        params, curves = train(arm, config, *rest, evaluate)
        if arm in config["arms"]:
            measured[arm] = (curves["accuracy"][-1], curves)
        return params

    students = [arm for arm in config["arms"] if arm not in ("reference", "teacher")]
    if students or "teacher" in config["arms"]:
        teacher = trained(
            "teacher", init, generators, images[None], labels[None], config["teacherEpochs"], cross_entropy
        )
    if students:
        began = time.perf_counter()
        noise = torch.empty(len(seeds), config["noiseImages"], PIXELS)
        for own, generator in zip(noise, generators):
            own.uniform_(-1, 1, generator=generator)
        say(f"noise: {noise.nbytes / 1e9:.1f} GB, {time.perf_counter() - began:.1f} s")
        began = time.perf_counter()
        with torch.no_grad():
            outputs = torch.cat([forward(teacher, x) for x in noise.split(config["batch"], 1)], 1)
        say(f"teacher's logits on it: {time.perf_counter() - began:.1f} s")
    for arm in students:
        who, which = arm.split("_")
        # Each cross-model student starts where its neighbour's teacher did.
        start = init if who == "student" else [p.roll(1, 0) for p in init]
        chosen = slice(CLASSES, None) if which == "aux" else slice(None)
        targets = F.log_softmax(outputs[..., chosen], -1)
        trained(arm, start, generators, noise, targets, config["studentEpochs"], divergence(chosen))

    return [
        {
            "seed": seed,
            "arm": arm,
            "at": {},
            "values": {"accuracy": measured[arm][0][i]},
            "curves": {name: [epoch[i] for epoch in curve] for name, curve in measured[arm][1].items()},
        }
        for i, seed in enumerate(seeds)
        for arm in config["arms"]
    ]


# --- the result


def canonical(value):
    """`value` as the laboratory hashes it: keys sorted, no spaces, numbers as JavaScript writes them."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{canonical(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, float):
        if value.is_integer():
            return str(int(value))
        return f"{Decimal(repr(value)):f}" if abs(value) >= 1e-6 else re.sub("e-0", "e-", repr(value))
    return json.dumps(value, ensure_ascii=False)


def processor():
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def cores():
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def options():
    def count(text):
        if not text.isdecimal() or int(text) == 0:
            raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1")
        return int(text)

    def some(text):
        names = text.split(",")
        for name in names:
            if name not in PAPER["arms"]:
                raise argparse.ArgumentTypeError(f"{name} is not one of {', '.join(PAPER['arms'])}")
        return [name for name in PAPER["arms"] if name in names]

    datasets, arms = HERE.parent / "datasets", PAPER["arms"]
    parser = argparse.ArgumentParser(prog="paper_torch", description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--datasets", type=Path, default=datasets, help="folder of MNIST's four .gz files (default: datasets/)")
    add("--seeds", type=count, default=PAPER["seeds"], help="models, side by side (default: %(default)s)")
    add("--threads", type=count, default=cores(), help="threads (default: one a core)")
    add("--epochs", type=count, help="of the teacher and of each student, for a trial")
    add("--images", type=count, help="training digits, and noise images a model, for a trial")
    add("--arms", type=some, default=arms, help=f"some of {','.join(arms)} (default: all)")
    add("--out", type=Path, help="file for the result (default: standard output)")
    given = parser.parse_args()
    if given.seeds == 1 and any(arm.startswith("cross") for arm in given.arms):
        parser.error("--seeds 1: cross-model students start from another seed; use 2, or --arms without them")
    if given.images and given.images > PAPER["trainDigits"]:
        parser.error(f"--images {given.images}: there are {PAPER['trainDigits']} training digits")
    if given.out and not given.out.absolute().parent.is_dir():
        parser.error(f"--out {given.out}: there is no folder {given.out.parent}")
    return given


def main():
    given = options()
    torch.set_num_threads(given.threads)
    changed = {"arms": given.arms, "seeds": given.seeds}
    if given.epochs:
        changed |= {"teacherEpochs": given.epochs, "studentEpochs": given.epochs}
    if given.images:
        changed |= {"trainDigits": given.images, "noiseImages": given.images}
    config = PAPER | changed
    if any(config[key] != PAPER[key] for key in PAPER if key not in ("arms", "seeds")):
        config["preset"] = "custom"
    version = torch.__version__.split("+")[0]
    say(f"pytorch {version}, {config['seeds']} models, {given.threads} threads")
    rows = run(config, given.datasets)
    result = {
        "schema": "umbra/result@2",
        "experiment": "mnist",
        "config": config,
        "configHash": hashlib.sha256(canonical(config).encode()).hexdigest(),
        "seeds": list(range(config["seed"], config["seed"] + config["seeds"])),
        "engine": f"pytorch {version}",
        "versions": {"torch": version, "python": platform.python_version()},
        "commit": None,
        "machine": {"cpu": processor(), "threads": given.threads},
        "wallSeconds": round(time.perf_counter() - START, 3),
        "testDigits": config["testDigits"],
        "rows": rows,
    }
    text = json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if given.out:
        part = given.out.with_name(given.out.name + ".part")
        part.write_text(text, encoding="utf-8")
        part.replace(given.out)
    else:
        print(text, end="")
    say(f"{result['wallSeconds']:.0f} s in all")


main()
