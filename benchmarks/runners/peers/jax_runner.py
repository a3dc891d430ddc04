"""JAX on the CPU: one model's step, vmapped, under jit with donation."""

import os

from serve import THREADS, say, serve

# Read when the CPU client starts: the size of its thread pool.
os.environ["PJRT_NPROC"] = os.environ["NPROC"] = str(THREADS)
if THREADS == 1:
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_multi_thread_eigen=false"
os.environ["JAX_PLATFORMS"] = "cpu"

try:
    import jax
    import jax.numpy as jnp
except ImportError:
    say(missing="JAX is not installed; run benchmarks/setup.sh")
    raise SystemExit(0) from None


def logits(params, x):
    for i, (weight, bias) in enumerate(params):
        x = (x if i == 0 else jax.nn.relu(x)) @ weight + bias
    return x


def adam(params, grads, mean, square, step, rate):
    """Adam with the defaults of its paper."""
    step = step + 1
    tree = jax.tree.map
    mean = tree(lambda m, g: 0.9 * m + 0.1 * g, mean, grads)
    square = tree(lambda v, g: 0.999 * v + 0.001 * g * g, square, grads)
    one, two = 1 - 0.9**step, 1 - 0.999**step
    params = tree(lambda p, m, v: p - rate * (m / one) / (jnp.sqrt(v / two) + 1e-8), params, mean, square)
    return params, mean, square, step


def trainer(task, arrays, loss):
    """A function that takes one step and gives the loss of each model."""
    models, sizes, rate = task["models"], task["sizes"], task["learningRate"]
    lead = [] if models is None else [models]
    params = [
        (jnp.asarray(arrays.read(f"weight{i}.f32", [*lead, inputs, outputs])), jnp.zeros([*lead, outputs]))
        for i, (inputs, outputs) in enumerate(zip(sizes, sizes[1:]))
    ]
    zeros = [jax.tree.map(jnp.zeros_like, params) for _ in range(2)]
    state = (params, *zeros, jnp.zeros(lead))

    def one(state, *batch):
        value, grads = jax.value_and_grad(loss)(state[0], *batch)
        return value, adam(state[0], grads, *state[1:], rate)

    step = jax.jit(one if models is None else jax.vmap(one), donate_argnums=0)

    def run(*batch):
        nonlocal state
        value, state = jax.block_until_ready(step(state, *batch))
        return value.reshape(-1).tolist()

    return run


def train(task, arrays):
    models, sizes, batch, classes = task["models"], task["sizes"], task["batch"], task["classes"]
    lead = [] if models is None else [models]
    images = jnp.asarray(arrays.read("images.f32", [*lead, batch, sizes[0]]))
    labels = jnp.asarray(arrays.read("labels.i32", [*lead, batch]))

    def loss(params, x, y):
        z = jax.nn.log_softmax(logits(params, x)[:, :classes])
        return -jnp.take_along_axis(z, y[:, None], 1).mean()

    step = trainer(task, arrays, loss)
    return {"step": lambda: step(images, labels)}


def distil(task, arrays):
    models, sizes, batch, images = task["models"], task["sizes"], task["batch"], task["images"]
    classes = task["classes"]
    targets = jnp.asarray(arrays.read("targets.f32", [models, images, sizes[-1] - classes]))
    keys = jax.vmap(jax.random.key)(jnp.arange(models))

    def loss(params, key, number, all_targets, indices):
        target = jnp.take(all_targets, indices, 0)
        shape = (indices.shape[0], sizes[0])
        x = jax.random.uniform(jax.random.fold_in(key, number), shape, minval=-1, maxval=1)
        z, t = jax.nn.log_softmax(logits(params, x)[:, classes:]), jax.nn.log_softmax(target)
        return (jnp.exp(t) * (t - z)).sum(-1).mean()

    update = trainer(task, arrays, loss)
    in_order = jnp.broadcast_to(jnp.arange(images), (models, images))
    shuffle = jax.jit(jax.vmap(lambda key: jax.random.permutation(key, images)))
    at = number = 0

    def some(indices):
        nonlocal number
        number += 1
        return update(keys, jnp.full(models, number), targets, indices)

    def step():
        nonlocal at
        if images - at < batch:
            at = 0
        at += batch
        return some(in_order[:, at - batch : at])

    def epoch():
        order = shuffle(keys)
        for at in range(0, images, batch):
            some(order[:, at : at + batch])

    return {"step": step, "epoch": epoch}


def gpt(task, arrays):
    models, batch, length, d, heads = (task[it] for it in ("models", "batch", "length", "width", "heads"))
    lead = [] if models is None else [models]
    file = f"gpt{d}"
    read = lambda part, shape, kind: jnp.asarray(arrays.read(f"{file}.{part}.{kind}", [*lead, *shape]))
    tokens, following = (read(part, [batch, length], "i32") for part in ("tokens", "next"))
    hidden, rate, decay = task["hidden"], task["learningRate"], task["weightDecay"]
    params = {"embedding": [task["vocabulary"], d], "positions": [length, d], "norm.scale": [d], "norm.bias": [d]}
    for i in range(task["blocks"]):
        for name in ("first", "second"):
            params |= {f"{i}.{name}.scale": [d], f"{i}.{name}.bias": [d]}
        sizes = {name: (d, d) for name in ("query", "key", "value", "output")}
        for name, (inputs, outputs) in {**sizes, "up": (d, hidden), "down": (hidden, d)}.items():
            params |= {f"{i}.{name}.weight": [inputs, outputs], f"{i}.{name}.bias": [outputs]}
    params = {name: read(name, shape, "f32") for name, shape in params.items()}

    def loss(p, tokens, following):
        dense = lambda x, name: x @ p[f"{name}.weight"] + p[f"{name}.bias"]

        def norm(x, name):
            x = x - x.mean(-1, keepdims=True)
            x = x * jax.lax.rsqrt(jnp.square(x).mean(-1, keepdims=True) + 1e-5)
            return x * p[f"{name}.scale"] + p[f"{name}.bias"]

        x = p["embedding"][tokens] + p["positions"]
        for i in range(task["blocks"]):
            y = norm(x, f"{i}.first")
            q, k, v = (
                dense(y, f"{i}.{name}").reshape(batch, length, heads, -1) for name in ("query", "key", "value")
            )
            mixed = jax.nn.dot_product_attention(q, k, v, is_causal=True)
            x = x + dense(mixed.reshape(batch, length, d), f"{i}.output")
            y = jax.nn.gelu(dense(norm(x, f"{i}.second"), f"{i}.up"), approximate=True)
            x = x + dense(y, f"{i}.down")
        z = jax.nn.log_softmax(norm(x, "norm") @ p["embedding"].T)
        return -jnp.take_along_axis(z, following[..., None], -1).mean()

    zeros = [jax.tree.map(jnp.zeros_like, params) for _ in range(2)]
    state = (params, *zeros, jnp.zeros(lead))

    def one(state, tokens, following):
        value, grads = jax.value_and_grad(loss)(state[0], tokens, following)
        shrunk = jax.tree.map(lambda x: x * (1 - rate * decay), state[0])
        return value, adam(shrunk, grads, *state[1:], rate)

    step = jax.jit(one if models is None else jax.vmap(one), donate_argnums=0)

    def run():
        nonlocal state
        value, state = jax.block_until_ready(step(state, tokens, following))
        return value.reshape(-1).tolist()

    return {"step": run}


OPS = {
    "mul": jnp.multiply,
    "add": jnp.add,
    "min": jnp.minimum,
    "max": jnp.maximum,
    "abs": jnp.abs,
    "square": jnp.square,
    "neg": jnp.negative,
}


def chain(task, _):
    n = task["elements"]
    x = jnp.arange(n) / n

    def f(x):
        for op, *value in task["chain"]:
            x = OPS[op](x, *value)
        return x

    donating = jax.jit(f, donate_argnums=0)
    kept = {"y": jnp.array(x)}

    def fast():
        kept["y"] = jax.block_until_ready(donating(kept["y"]))

    ends = [0, n // 2, n - 1]
    return {"step": lambda: [float(jax.jit(f)(x)[i]) for i in ends], "fast": fast}


def small(task, _):
    n = task["small"]
    x = jnp.arange(n * n).reshape(n, n) / n / n
    w = (jnp.arange(n * n) % n).reshape(n, n) / n / n
    b = jnp.arange(n) / n
    f = jax.jit(lambda x, w, b: jax.nn.relu(x @ w + b))
    calls = 1000

    def fast():
        y = x
        for _ in range(calls):
            y = f(y, w, b)
        y.block_until_ready()

    return {"step": lambda: f(x, w, b)[-1].tolist(), "fast": fast, "calls": calls}


def start(task, arrays):
    kinds = {"train": train, "distil": distil, "chain": chain, "small": small, "gpt": gpt}
    return kinds[task["kind"]](task, arrays)


serve("jax", jax.__version__, "XLA on the CPU", start)
