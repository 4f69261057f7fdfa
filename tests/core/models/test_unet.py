"""The U-Net against an independent implementation and against counts done by hand."""

from __future__ import annotations

import torch
from torch.nn import functional

from cirrus_core.models.build import build_model, count_parameters
from cirrus_core.models.specs import S1_WIDTHS


def test_published_network_has_the_parameters_of_its_description() -> None:
    net = build_model(
        "unet", {"widths": S1_WIDTHS, "norm": "none", "context": 0, "stem_stride": 1}, bands=1, outputs=1
    )

    def conv(inputs: int, outputs: int) -> int:
        return 9 * inputs * outputs + outputs

    down = [(1, 64), (64, 128), (128, 256), (256, 512)]
    up = [(512 + 256, 256), (256 + 128, 128), (128 + 64, 64)]
    expected = sum(conv(i, o) + conv(o, o) for i, o in down + up) + 64 + 1
    assert count_parameters(net) == expected


def test_forward_pass_equals_one_written_out_by_hand() -> None:
    torch.manual_seed(1)
    net = build_model(
        "unet", {"widths": (3, 5, 7), "norm": "none", "context": 0, "stem_stride": 1}, bands=2, outputs=1
    ).eval()
    w = dict(net.named_parameters())

    def block(x: torch.Tensor, name: str) -> torch.Tensor:
        for i in (0, 2):
            x = functional.conv2d(x, w[f"{name}.{i}.weight"], w[f"{name}.{i}.bias"], padding=1).clamp(min=0)
        return x

    def doubled(x: torch.Tensor) -> torch.Tensor:
        return x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)

    images = torch.randn(2, 2, 16, 24)
    a = block(images, "first")
    b = block(functional.max_pool2d(a, 2), "down.0")
    c = block(functional.max_pool2d(b, 2), "down.1")
    d = block(torch.cat([b, doubled(c)], dim=1), "up.0.convs")
    e = block(torch.cat([a, doubled(d)], dim=1), "up.1.convs")
    expected = functional.conv2d(e, w["head.weight"], w["head.bias"])
    torch.testing.assert_close(net(images), expected)


def test_rows_beyond_the_last_full_block_of_the_stem_count() -> None:
    net = build_model(
        "unet", {"widths": (4, 4), "norm": "none", "stem_stride": 2, "context": 0}, bands=1, outputs=1
    ).eval()
    images = torch.zeros(1, 1, 7, 9)
    changed = images.clone()
    changed[..., 6, 8] = 5.0
    with torch.inference_mode():
        difference = (net(changed) - net(images)).abs()
    assert difference[..., 6, 8] > 0


def test_bilinear_up_sampling_of_a_flat_picture_is_that_of_nearest() -> None:
    torch.manual_seed(2)
    nets = [
        build_model(
            "unet",
            {"widths": (4, 4), "norm": "none", "context": 0, "stem_stride": 1, "upsampling": u},
            bands=1,
            outputs=1,
        ).eval()
        for u in ("nearest", "bilinear")
    ]
    nets[1].load_state_dict(nets[0].state_dict())
    flat = torch.full((1, 1, 32, 32), 0.7)
    inner = (..., slice(12, -12), slice(12, -12))  # the borders see the padding
    torch.testing.assert_close(nets[0](flat)[inner], nets[1](flat)[inner])


def test_the_context_lets_every_pixel_see_the_whole_frame() -> None:
    torch.manual_seed(4)
    dark = torch.zeros(1, 1, 64, 64)
    lit = dark.clone()
    lit[..., 60:, 60:] = 5.0
    for context, seen in ((0, False), (8, True)):
        net = build_model(
            "unet", {"widths": (4,), "norm": "none", "context": context, "stem_stride": 1}, bands=1, outputs=1
        )
        difference = (net(lit) - net(dark)).abs()
        assert bool(difference[..., 0, 0] > 0) is seen


def test_folded_blocks_draw_no_chessboard() -> None:
    torch.manual_seed(5)
    net = build_model("unet", {"widths": (4, 4), "stem_stride": 2}, bands=1, outputs=1).eval()
    with torch.inference_mode():
        inner = net(torch.full((1, 1, 96, 96), 0.8))[..., 30:-30, 30:-30]
    torch.testing.assert_close(inner, inner[..., :1, :1].expand_as(inner))
