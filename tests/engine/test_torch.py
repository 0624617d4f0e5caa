"""The trace against PyTorch: its functions, its autograd and its optimizers, all in float64.

PyTorch is optional: without it these tests are left out. What it has with the conventions of the
problem format is taken from it as it is. Where it has others:

- `SGD` takes the first gradient whole into the momentum, its dampening notwithstanding; the
  averaged form starts from a momentum of 0, so one is put there.
- `softplus` is cut off to x above a threshold, by default 20, which is seen in the tenth digit.
- `elu`'s and `gelu`'s own formulas cancel where x is far below 0, so an absolute error is allowed.
- PyTorch has no squared error halved, no cross-entropy of shares other than softmax's, and no
  hidden deltas that go back through weights already updated; those are put together from its parts.
- The gradient of `binary_cross_entropy` is bounded near 0 and 1; the losses that know the net
  input, `binary_cross_entropy_with_logits` and `cross_entropy`, are what saturated outputs are
  compared with.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from derive.engine import Trace, train
from derive.problem import ACTIVATIONS, LOSSES, OPTIMIZERS, Problem, problem_from_fields
from tests.engine.strategies import HIDDEN, PROBABLE, problems
from tests.engine.test_against_oracle import cancels

torch = pytest.importorskip("torch", reason="PyTorch, which is optional, is not installed")
F = torch.nn.functional

ACTIVATION: dict[str, Callable[[Any], Any]] = {
    "identity": lambda x: x.clone(),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": F.relu,
    "leaky-relu": lambda x: F.leaky_relu(x, 0.01),
    "elu": F.elu,
    "softplus": lambda x: F.softplus(x, threshold=40),
    "silu": F.silu,
    "gelu": F.gelu,
    "softmax": lambda x: torch.softmax(x, -1),
}
TERMS: dict[str, Callable[[Any, Any], Any]] = {
    "half-squared-error": lambda o, t: F.mse_loss(o, t, reduction="none") / 2,
    "squared-error": lambda o, t: F.mse_loss(o, t, reduction="none"),
    "mean-squared-error": lambda o, t: F.mse_loss(o, t, reduction="none") / t.shape[-1],
    "binary-cross-entropy": lambda o, t: F.binary_cross_entropy(o, t, reduction="none"),
    "cross-entropy": lambda o, t: -torch.special.xlogy(t, o),
}
STATE = {
    "gradient-descent": {},
    "momentum": {"v": "momentum_buffer"},
    "nesterov": {"v": "momentum_buffer"},
    "adagrad": {"s": "sum"},
    "rmsprop": {"s": "square_avg"},
    "adadelta": {"s": "square_avg", "u": "acc_delta"},
    "adam": {"m": "exp_avg", "v": "exp_avg_sq"},
    "adamw": {"m": "exp_avg", "v": "exp_avg_sq"},
}
"""What PyTorch calls the state of each optimizer."""


def optimizer(problem: Problem, parameters: list[Any]) -> Any:
    """The optimizer of a problem, of these parameters."""
    spec, numbers, optim = problem.optimizer, problem.optimizer.numbers, torch.optim
    rate = spec.learning_rate
    match spec.name:
        case "gradient-descent":
            return optim.SGD(parameters, rate)
        case "momentum" if spec.form == "average":
            beta = numbers["beta"]
            made = optim.SGD(parameters, rate, momentum=beta, dampening=beta)
            for parameter in parameters:
                made.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)
            return made
        case "momentum":
            return optim.SGD(parameters, rate, momentum=numbers["beta"])
        case "nesterov":
            return optim.SGD(parameters, rate, momentum=numbers["beta"], nesterov=True)
        case "adagrad":
            return optim.Adagrad(parameters, rate, eps=numbers["epsilon"])
        case "rmsprop":
            return optim.RMSprop(parameters, rate, alpha=numbers["rho"], eps=numbers["epsilon"])
        case "adadelta":
            return optim.Adadelta(parameters, rate, rho=numbers["rho"], eps=numbers["epsilon"])
    betas = numbers["beta1"], numbers["beta2"]
    if spec.name == "adam":
        return optim.Adam(parameters, rate, betas=betas, eps=numbers["epsilon"])
    decay = numbers["weight_decay"]
    return optim.AdamW(parameters, rate, betas=betas, eps=numbers["epsilon"], weight_decay=decay)


class Torch:
    """The parameters of a problem as tensors, moved one update at a time.

    Each layer has an optimizer to itself, so that it can be updated before the error passes it.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.last = len(problem.layers) - 1
        self.parameters = {
            name: torch.tensor(problem.start[name], requires_grad=True)
            for name in problem.parameter_names()
        }
        self.optimizers = {
            layer: optimizer(problem, [self.parameters[name] for name in self.trained(layer)])
            for layer in range(1, self.last + 1)
        }
        self.inputs, self.targets = torch.tensor(problem.inputs), torch.tensor(problem.targets)
        self.updates = 0

    def trained(self, layer: int) -> list[str]:
        """The names of the parameters of a layer that updates change."""
        biases = [f"b{layer}"] if self.problem.train_biases else []
        return [name for name in (f"W{layer}", *biases) if name in self.parameters]

    def update(self) -> dict[str, Any]:
        """Make an update; every quantity of the pass before it, by its name in the trace."""
        rows = slice(None)
        if self.problem.samples == "one-by-one":
            one = self.updates % len(self.inputs)
            rows = slice(one, one + 1)
        found = {"out0": self.inputs[rows], "target": self.targets[rows]}
        found |= {name: value.detach().clone() for name, value in self.parameters.items()}
        found |= self.state()
        self.forward(found)
        if self.problem.hidden_deltas == "after-update":
            self.backward_layer_by_layer(found)
        else:
            self.backward(found)
        self.updates += 1
        return {name: value.detach().numpy() for name, value in found.items()}

    def state(self) -> dict[str, Any]:
        """The optimizers' state, zeros where there is none yet."""
        found = {}
        for layer, own in self.optimizers.items():
            for name in self.trained(layer):
                parameter = self.parameters[name]
                for letter, key in STATE[self.problem.optimizer.name].items():
                    value = own.state[parameter].get(key)
                    value = torch.zeros_like(parameter) if value is None else value.clone()
                    found[f"{letter}{name}"] = value
        return found

    def net(self, layer: int, below: Any) -> Any:
        """A layer's weighted sums."""
        bias = self.parameters.get(f"b{layer}")
        weights = self.parameters[f"W{layer}"]
        if bias is not None:
            bias = bias.expand(len(weights))
        return F.linear(below, weights, bias)

    def forward(self, found: dict[str, Any]) -> None:
        """From the inputs to the loss."""
        problem = self.problem
        for layer in range(1, self.last + 1):
            activation = ACTIVATION[str(problem.activations[layer - 1].name)]
            net = self.net(layer, found[f"out{layer - 1}"])
            found[f"net{layer}"], found[f"out{layer}"] = net, activation(net)
            rows = found[f"out{layer}"].sum(0)
            jacobian = torch.stack(
                [torch.autograd.grad(out, net, retain_graph=True)[0] for out in rows], 1
            )
            if problem.activations[layer - 1].name != "softmax":
                jacobian = jacobian.diagonal(dim1=1, dim2=2)
            found[f"dout{layer}/dnet{layer}"] = jacobian
        out, target = found[f"out{self.last}"], found["target"]
        found["loss_terms"] = TERMS[str(problem.loss.name)](out, target)
        found["loss"] = self.share(found) * (found["loss_terms"].sum() + self.penalty())

    def share(self, found: dict[str, Any]) -> float:
        """1, or one over the number of samples where their losses are averaged."""
        return 1 / len(found["target"]) if self.problem.over_samples == "mean" else 1.0

    def penalty(self) -> Any:
        """(λ/2)·∑w² of the weights."""
        weights = [value for name, value in self.parameters.items() if name[0] == "W"]
        return self.problem.l2 / 2 * sum(weight.square().sum() for weight in weights)

    def backward(self, found: dict[str, Any]) -> None:
        """Every gradient by autograd, then the update of all layers."""
        names = [f"{kind}{layer}" for layer in range(1, self.last + 1) for kind in ("out", "net")]
        wanted = [found[name] for name in names] + list(self.parameters.values())
        gradients = torch.autograd.grad(found["loss"], wanted)
        for name, gradient in zip([*names, *self.parameters], gradients, strict=True):
            kept = f"delta{name[3:]}" if name.startswith("net") else f"dE/d{name}"
            found[kept] = gradient
        for parameter, gradient in zip(
            self.parameters.values(), gradients[len(names) :], strict=True
        ):
            parameter.grad = gradient.clone()
        for own in self.optimizers.values():
            own.step()

    def backward_layer_by_layer(self, found: dict[str, Any]) -> None:
        """Each layer updated before the error goes back through its weights."""
        upstream = torch.autograd.grad(
            self.share(found) * found["loss_terms"].sum(), found[f"out{self.last}"]
        )[0]
        for layer in range(self.last, 0, -1):
            net, below = found[f"net{layer}"], found[f"out{layer - 1}"].detach()
            activation = ACTIVATION[str(self.problem.activations[layer - 1].name)]
            found[f"dE/dout{layer}"] = upstream
            delta = torch.autograd.functional.vjp(activation, net.detach(), upstream)[1]
            found[f"delta{layer}"] = delta
            names = [name for name in (f"W{layer}", f"b{layer}") if name in self.parameters]
            own = [self.parameters[name] for name in names]
            errors = (self.net(layer, below) * delta).sum() + self.share(found) * self.penalty()
            for name, parameter, gradient in zip(
                names, own, torch.autograd.grad(errors, own), strict=True
            ):
                found[f"dE/d{name}"] = gradient
                parameter.grad = gradient.clone()
            self.optimizers[layer].step()
            upstream = delta @ self.parameters[f"W{layer}"].detach()


def assert_like_torch(trace: Trace, *, absolute: float = 1e-14, most: float = math.inf) -> None:
    """Every quantity of every pass is PyTorch's to 1e-12 of the largest number of its array.

    Or to `absolute`, where sums of larger numbers cancel. Nothing is compared from the pass on
    that has a number beyond `most`, nor after a gradient that rounding alone may keep from 0.
    """
    oracle, own = Torch(trace.problem), trace.passes(slice(None))
    for row in range(len(trace)):
        found = oracle.update()
        here = {name: value[row] for name, value in own.items()}
        small = cancels(trace.problem, here) or cancels(trace.problem, found)
        if small and trace.problem.hidden_deltas == "after-update":
            break
        if not max(float(np.max(np.abs(value))) for value in found.values()) <= most:
            break
        for name, value in found.items():
            allowed = max(1e-12 * float(np.max(np.abs(value))), absolute)
            same = np.abs(here[name] - value) <= allowed
            assert same.shape == value.shape, name
            assert same.all(), (row, name, here[name], value)
        if small:
            break


def drawn(**sections: dict[str, Any]) -> Problem:
    """A network of three inputs and two outputs on four drawn samples."""
    generator = np.random.default_rng(11)
    fields: dict[str, Any] = {
        "network": {"layers": [3, 4, 2]},
        "optimizer": {"learning_rate": 0.1},
        "training": {"iterations": 20},
        "data": {
            "inputs": generator.uniform(-1, 1, (4, 3)).tolist(),
            "targets": generator.uniform(0.1, 0.9, (4, 2)).tolist(),
        },
        "start": {"seed": 3},
    }
    for name, section in sections.items():
        kept = fields.get(name, {}) if name != "start" else {}
        fields[name] = {**kept, **section}
    return problem_from_fields(fields, "test")


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_is_torchs(activation: str) -> None:
    """Each as output, and as hidden layer where it may be one."""
    hidden = activation if activation in HIDDEN else "tanh"
    problem = drawn(network={"layers": [3, 4, 2], "activation": [hidden, activation]})
    assert_like_torch(train(problem))


@pytest.mark.parametrize("over_samples", ["sum", "mean"])
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_is_torchs(loss: str, over_samples: str) -> None:
    """Summed and averaged over samples, with every output that the loss may have."""
    for output in PROBABLE.get(loss, ("identity", "softmax")):
        network = {"layers": [3, 4, 2], "activation": ["tanh", output]}
        problem = drawn(network=network, loss={"name": loss, "over_samples": over_samples})
        assert_like_torch(train(problem))


FORMS = [(name, "classic") for name in OPTIMIZERS] + [("momentum", "average")]


@pytest.mark.parametrize("hidden_deltas", ["before-update", "after-update"])
@pytest.mark.parametrize("samples", ["together", "one-by-one"])
@pytest.mark.parametrize(("name", "form"), FORMS)
def test_every_optimizer_is_torchs(name: str, form: str, samples: str, hidden_deltas: str) -> None:
    """Parameters and state over fifteen updates, with a penalty and each kind of bias, or none."""
    spec = {"name": name, "learning_rate": 0.05, "l2": 0.02}
    if name == "momentum":
        spec["form"] = form
    for bias in ("neuron", "layer", "none"):
        for train_biases in (True, False):
            problem = drawn(
                network={"layers": [3, 4, 2], "activation": "tanh", "bias": bias},
                loss={"over_samples": "mean"},
                optimizer=spec,
                training={
                    "iterations": 15,
                    "samples": samples,
                    "train_biases": train_biases,
                    "hidden_deltas": hidden_deltas,
                },
            )
            assert_like_torch(train(problem))


@pytest.mark.parametrize("name", ["gradient-descent", "momentum", "rmsprop", "adam"])
def test_a_penalty_is_what_torch_calls_weight_decay(name: str) -> None:
    """λ in the loss and `weight_decay=λ` on the weights alone, in `torch.optim`, train alike."""
    problem = drawn(optimizer={"name": name, "l2": 0.3}, training={"iterations": 30})
    trace, oracle = train(problem), Torch(replace(problem, l2=0.0))
    for layer, own in oracle.optimizers.items():
        (group,) = own.param_groups
        own.add_param_group({**group, "params": [group["params"].pop(1)]})
        group["weight_decay"] = problem.l2
        assert group["params"] == [oracle.parameters[f"W{layer}"]]
    for row in range(len(trace)):
        for parameter, value in oracle.parameters.items():
            found = value.detach().numpy()
            np.testing.assert_allclose(trace[parameter][row], found, 1e-12, 1e-14)
        oracle.update()


def test_a_larger_network_is_torchs() -> None:
    """64-32-10 with 32 samples, softmax and cross-entropy, over thirty updates of Adam."""
    generator = np.random.default_rng(5)
    problem = drawn(
        network={"layers": [64, 32, 10], "activation": ["gelu", "softmax"]},
        loss={"name": "cross-entropy", "over_samples": "mean"},
        optimizer={"name": "adam", "learning_rate": 0.01},
        training={"iterations": 30},
        data={
            "inputs": generator.uniform(-1, 1, (32, 64)).tolist(),
            "targets": np.eye(10)[generator.integers(10, size=32)].tolist(),
        },
    )
    assert_like_torch(train(problem), absolute=1e-12)


@pytest.mark.parametrize(
    ("activation", "loss", "torchs"),
    [
        ("sigmoid", "binary-cross-entropy", F.binary_cross_entropy_with_logits),
        ("softmax", "cross-entropy", F.cross_entropy),
    ],
)
@pytest.mark.parametrize("size", [1, 30, 400, 1000])
def test_a_saturated_output_has_torchs_loss_and_delta(
    activation: str, loss: str, torchs: Callable[..., Any], size: float
) -> None:
    """With nets of ±1000 the outputs are 0 and 1; loss and δ are those of the net input."""
    inputs = [[size, -size, 0.5 * size], [-size, size, 0.25 * size]]
    targets = [[1.0, 0.0, 0.0], [0.25, 0.25, 0.5]]
    problem = drawn(
        network={"layers": [3, 3], "activation": activation, "bias": "none"},
        loss={"name": loss},
        data={"inputs": inputs, "targets": targets},
        start={"W1": np.eye(3).tolist()},
        training={"iterations": 0},
    )
    trace = train(problem)
    net = torch.tensor(inputs, dtype=torch.float64, requires_grad=True)
    value = torchs(net, torch.tensor(targets, dtype=torch.float64), reduction="sum")
    np.testing.assert_allclose(trace["loss"][0], value.item(), 1e-12)
    (delta,) = torch.autograd.grad(value, net)
    # Where δ is nearly 0 PyTorch has what is left of a difference from 1.
    np.testing.assert_allclose(trace["delta1"][0], delta.numpy(), 1e-12, 2e-16)


@pytest.mark.parametrize("activation", ["relu", "leaky-relu", "elu"])
def test_a_kink_has_torchs_slope(activation: str) -> None:
    """At a net input of exactly 0, and of -0, the slope is the one PyTorch takes."""
    for zero in (0.0, -0.0):
        problem = drawn(
            network={"layers": [1, 1], "activation": activation, "bias": "none"},
            data={"inputs": [[1.0]], "targets": [[1.0]]},
            start={"W1": [[zero]]},
            training={"iterations": 0},
        )
        net = torch.tensor([zero], dtype=torch.float64)
        slope = torch.autograd.functional.jacobian(ACTIVATION[activation], net)
        assert train(problem)["dout1/dnet1"][0].item() == slope.item()


@settings(
    max_examples=150,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
@given(problem=problems(most_iterations=2))
def test_a_random_problem_is_torchs(problem: Problem) -> None:
    """Every field of the format at once, up to numbers of 1000.

    Sums of numbers of about 1 may cancel, so 1e-12 is absolute below 1.
    """
    assert_like_torch(train(problem), absolute=1e-12, most=1000)
