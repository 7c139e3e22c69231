"""How the embedded encoder sees images where nobody says."""

from __future__ import annotations

import pytest

from core.encoders.usual import FEW, FULL, MIDDLES, REDUCED, SMALL, Sight, usual_sight


@pytest.mark.parametrize(
    ("side", "n_images", "gpu", "size"),
    [
        (28, FEW, False, FULL),
        (28, FEW + 1, False, REDUCED),
        (28, 10**6, True, FULL),
        (SMALL, FEW + 1, False, REDUCED),
        (SMALL + 1, 10**6, False, FULL),
    ],
)
def test_many_small_images_without_a_gpu_are_seen_at_less(side: int, n_images: int, gpu: bool, size: int) -> None:
    assert usual_sight(side, n_images, gpu=gpu) == Sight(size, MIDDLES)


def test_work_grows_by_the_square_of_the_size() -> None:
    assert Sight(FULL, "last").times(Sight(REDUCED, "last")) == pytest.approx(3.0625)
