"""Each kind of wrapped identifier is answered as expected for genes from all over the release."""

from __future__ import annotations

import pytest

from resolver.app.resolver import LocalResolver
from tests.wrapped import KINDS, Check, Sample, count, read_samples

FEW = 0.03  # symbols of one or two letters, numbers of two genes, and the same symbol in both species


@pytest.fixture(scope="module")
def samples(resolver: LocalResolver) -> list[Sample]:
    return read_samples(resolver, 300)


@pytest.mark.parametrize(("shape", "check"), [(shape, check) for _, shape, check in KINDS])
def test_a_shape_is_answered_for_all_genes_but_a_few(
    resolver: LocalResolver, samples: list[Sample], shape: str, check: Check
) -> None:
    counted = count(resolver, samples, shape, check)
    assert counted.total() > 100
    assert counted[False] <= FEW * counted.total()
