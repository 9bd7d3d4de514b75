"""Whole trained networks on the exact multiplier equal the same networks with torch's own int64 convolutions in every layer."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from oracle import weight_codes
from torch import Tensor

import workloads
from pysim import approximate_, converted
from pysim.layers import ApproximateRecurrent


def integer_images(product: Any) -> Any:
    """A layer's product from its definition: zero-centred codes through torch's integers, then bias and scale."""

    def images(x: Tensor, weight: Tensor, bias: Tensor | None, window: Any) -> Tensor:
        quantizer, operand = product.quantizer, product.operands.activation
        (top, left), (bottom, right) = window.padding, window.end
        codes = torch.clamp(torch.round(x / quantizer.scale) + quantizer.zero_point, operand.low, operand.high)
        centred = F.pad((codes - quantizer.zero_point).long(), (left, right, top, bottom))
        integers, scale = (torch.from_numpy(part) for part in weight_codes(product, weight))
        kernels = integers.view(len(integers), -1, *window.kernel)
        acc = F.conv2d(centred, kernels, None, window.stride, 0, window.dilation, window.groups)
        if bias is not None:
            unit = quantizer.scale.double() * scale.double()
            acc = acc + torch.round(bias.double() / unit).long().view(-1, 1, 1)
        return acc.float() * (quantizer.scale * scale).view(-1, 1, 1)

    return images


@pytest.mark.parametrize("multiplier", ["exact8", "exact8s", "exact16"])
@pytest.mark.parametrize("name", workloads.names())
def test_network_equals_torchs_integers(name: str, multiplier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    workload = workloads.load(name)
    inputs, _ = workload.test()
    model = workload.model()
    approximate_(model, multiplier, calibration=workload.calibration(images=128))
    with torch.no_grad():
        logits = model(inputs[:64])
        monkeypatch.setattr(ApproximateRecurrent, "_compiled", lambda *_: None)
        calls = 0
        for layer in converted(model):
            for product in layer.products():
                monkeypatch.setattr(product, "images", integer_images(product))
                calls += 1
        assert calls > 1
        expected = model(inputs[:64])
    assert torch.equal(logits, expected)
