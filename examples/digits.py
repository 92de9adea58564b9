"""A classifier of handwritten digits, written directly in the namespace: `python examples/digits.py`.

Trains a network of one hidden layer with Adam, draws its learning curve into digits-learning-curve.png, and fails
unless it tells at least 96 % of the held-out digits.
"""

import matplotlib
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from tqdm import trange

import apitensor as xp

EPOCHS, BATCH, HIDDEN, RATE = 30, 50, 64, 3e-3
WANTED = 0.96

rng = xp.random.default_rng(0)


def load():
    """The digits as tensors: 8 x 8 pixels from 0 to 1, and what they show."""
    images, digits = load_digits(return_X_y=True)
    parts = train_test_split(images / 16, digits, test_size=0.25, stratify=digits, random_state=0)
    return [xp.asarray(part) for part in parts]


def layer(inputs, outputs):
    """Weights and biases that keep the variance of what passes through."""
    weights = rng.normal(scale=(2 / inputs) ** 0.5, size=(inputs, outputs))
    return [weights.requires_grad_(), xp.zeros(outputs).requires_grad_()]


def scores(parameters, x):
    w1, b1, w2, b2 = parameters
    return xp.maximum(x @ w1 + b1, 0) @ w2 + b2


def cross_entropy(scores, digits):
    scores = scores - xp.max(scores, axis=1, keepdims=True)
    log_total = xp.log(xp.sum(xp.exp(scores), axis=1))
    return xp.mean(log_total - xp.take_along_axis(scores, digits[:, None], axis=1)[:, 0])


def adam(parameters, rate, decay=(0.9, 0.999), epsilon=1e-8):
    """A function that takes one step down the gradients."""
    means, squares = ([xp.zeros_like(p) for p in parameters] for _ in range(2))
    step = 0

    @xp.no_grad
    def update():
        nonlocal step
        step += 1
        for p, m, s in zip(parameters, means, squares, strict=True):
            m += (1 - decay[0]) * (p.grad - m)
            s += (1 - decay[1]) * (p.grad**2 - s)
            p -= rate * (m / (1 - decay[0] ** step)) / (xp.sqrt(s / (1 - decay[1] ** step)) + epsilon)
            p.grad = None

    return update


@xp.no_grad
def accuracy(parameters, x, digits):
    return float(xp.mean(xp.astype(xp.argmax(scores(parameters, x), axis=1) == digits, xp.float64)))


def draw(losses, accuracies):
    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    epochs = range(1, len(losses) + 1)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    left.semilogy(epochs, losses)
    left.set(xlabel="epoch", ylabel="training loss")
    right.plot(epochs, accuracies)
    right.axhline(WANTED, linestyle=":", color="gray")
    right.set(xlabel="epoch", ylabel="held-out accuracy")
    figure.savefig("digits-learning-curve.png", dpi=120)


def main():
    train_x, test_x, train_y, test_y = load()
    parameters = layer(64, HIDDEN) + layer(HIDDEN, 10)
    update = adam(parameters, RATE)
    losses, accuracies = [], []
    for _ in (progress := trange(EPOCHS, unit="epoch")):
        order = rng.permutation(train_x.shape[0])
        total = 0.0
        for start in range(0, order.size, BATCH):
            batch = order[start : start + BATCH]
            loss = cross_entropy(scores(parameters, train_x[batch]), train_y[batch])
            loss.backward()
            update()
            total += loss.item() * batch.size
        losses.append(total / order.size)
        accuracies.append(accuracy(parameters, test_x, test_y))
        progress.set_postfix(loss=f"{losses[-1]:.4f}", accuracy=f"{accuracies[-1]:.1%}")
    draw(losses, accuracies)
    print(f"{accuracies[-1]:.1%} of {test_x.shape[0]} held-out digits told; see digits-learning-curve.png")
    if accuracies[-1] < WANTED:
        raise SystemExit(f"that is less than {WANTED:.0%}")


if __name__ == "__main__":
    main()
