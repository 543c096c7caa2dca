"""Calls in AnnData: where scanpy looks for them, however the course lies in it."""

from __future__ import annotations

import sys
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import phasecall
from phasecall import scverse
from phasecall.calls import Calls
from phasecall.errors import InputError, MissingExtraError
from phasecall.io.h5ad.axes import MAX_TIMES
from phasecall.io.h5ad.writing import to_anndata
from phasecall.timecourse import TimeCourse

anndata = pytest.importorskip("anndata", reason="anndata is not installed")
pd = pytest.importorskip("pandas", reason="pandas is not installed")


@cache
def alpha() -> tuple[TimeCourse, Calls]:
    course = phasecall.load("alpha")
    return course, phasecall.call(course)


def made(course: TimeCourse | None = None) -> Any:
    """A course as somebody else would hold it: samples x genes."""
    course = course or alpha()[0]
    names = [f"s{number}" for number in range(course.times.size)]
    obs = pd.DataFrame({"time": course.times}, index=names)
    return anndata.AnnData(course.values.T.copy(), obs=obs, var=pd.DataFrame(index=list(course.genes)))


def rename_times(adata: Any) -> None:
    adata.obs = adata.obs.rename(columns={"time": "when"})


def check(table: Any, calls: Calls) -> None:
    """The table of genes holds the native table."""
    for name, values in calls.columns().items():
        if name == "phase":
            assert table["phasecall_phase"].cat.categories.tolist() == [p.name for p in calls.scheme.phases]
            assert table["phasecall_phase"].cat.ordered
            assert table["phasecall_phase"].astype(object).fillna("").tolist() == list(values)
        elif name != "gene":
            assert_array_equal(table[f"phasecall_{name}"].to_numpy(), np.asarray(values))


def test_calls_are_written_where_scanpy_looks() -> None:
    course, calls = alpha()
    adata = made()
    assert scverse.call(adata) is None
    check(adata.var, calls)
    assert calls.embed is not None
    assert_array_equal(adata.varm["X_phasecall"], calls.embed())
    said = adata.uns["phasecall"]
    assert said["clocks"]["period"].tolist() == [calls.period]
    assert said["card"]["name"] == "phasecall"
    assert len(adata.uns["phasecall_phase_colors"]) == 4
    assert_array_equal(adata.X, course.values.T)
    assert adata.obs.columns.tolist() == ["time"]


def test_a_copy_leaves_the_original_as_it_is() -> None:
    adata = made()
    copy = scverse.call(adata, copy=True)
    check(copy.var, alpha()[1])
    assert not len(adata.var.columns)
    assert not adata.uns
    assert not adata.varm


def test_genes_may_be_rows() -> None:
    course, calls = alpha()
    adata = made().T.copy()
    scverse.call(adata)
    check(adata.obs, calls)
    assert adata.obsm["X_phasecall"].shape == (len(course), 32)


def test_of_two_sides_with_times_obs_is_the_samples_unless_it_is_said() -> None:
    adata = made()
    adata.var["time"] = 1.0
    scverse.call(adata)
    check(adata.var, alpha()[1])
    turned = adata.T.copy()
    scverse.call(turned, transpose=True)
    check(turned.obs, alpha()[1])


def test_conditions_are_not_called_together() -> None:
    adata = made()
    adata.obs["condition"] = ["WT"] * 12 + ["KO"] * 6
    with pytest.raises(InputError, match="holds 2 experiments\n  found: WT \\(12 samples\\); KO"):
        scverse.call(adata)
    scverse.call(adata, experiment="WT")
    wild = alpha()[0].select_times(range(12))
    check(adata.var, phasecall.call(wild))


def test_an_anndata_is_read_as_its_file_is(tmp_path: Path) -> None:
    adata = made()
    adata.X = 2**adata.X
    adata.write_h5ad(tmp_path / "x.h5ad")
    course, again = phasecall.read(adata), phasecall.read(tmp_path / "x.h5ad")
    assert "scale" in {note.code for note in course.notes}
    assert course.sha256() == again.sha256()
    np.testing.assert_allclose(course.values, alpha()[0].values, atol=1e-12)
    scverse.call(adata)
    drawn = scverse.plot_profile(adata, "YPR120C").axes[0].lines[-1].get_ydata()
    assert_array_equal(drawn, course.values[course.genes.index("YPR120C")])


def test_layers_sparse_values_hours_and_text_times_are_read() -> None:
    from scipy.sparse import csr_matrix

    course, _ = alpha()
    whole = course.select_genes(np.flatnonzero(np.isfinite(course.values).all(axis=1)))
    adata = made(whole)
    wanted = phasecall.call(whole)
    adata.layers["log"] = csr_matrix(adata.X)
    adata.X = np.zeros_like(adata.X)
    adata.obs["hours"] = pd.Categorical([str(minute / 60) for minute in whole.times])
    scverse.call(adata, layer="log", time="hours")
    assert adata.var["phasecall_reason"].tolist() == [str(reason) for reason in wanted.reason]
    np.testing.assert_allclose(adata.var["phasecall_peak_time"], wanted.peak_time, rtol=1e-6)


def test_equal_times_are_replicates_and_order_does_not_matter() -> None:
    course, _ = alpha()
    noise = np.random.default_rng(1).normal(0, 0.1, course.values.shape)
    both = np.hstack([course.values, course.values + noise])
    twice = TimeCourse(course.genes, np.tile(course.times, 2), both)
    adata = made(twice)
    backwards = adata[np.argsort(-twice.times, kind="stable")].copy()
    scverse.call(backwards, period=62.0)
    check(backwards.var, phasecall.call(twice, period=62.0))


def test_what_is_known_of_the_culture_is_passed_on() -> None:
    adata = made()
    scverse.call(adata, sync="alpha", scheme="five", period=60.0)
    check(adata.var, phasecall.call(alpha()[0], sync="alpha", scheme="five", period=60.0))


def test_a_second_call_leaves_nothing_of_the_first() -> None:
    adata = made()
    scverse.call(adata)
    short = adata[:4].copy()
    scverse.call(short, scheme="five")
    assert "X_phasecall" not in short.varm
    assert "phasecall_p_early_g1" not in short.var.columns
    assert short.var["phasecall_phase"].isna().all()
    assert len(short.uns["phasecall_phase_colors"]) == 5


def test_interpolated_samples_count_as_such() -> None:
    course = phasecall.load("cdc15-4381").select_genes(range(300))
    assert course.interpolated
    calls = phasecall.call(course, sync="cdc15")
    adata = to_anndata(calls, course)
    scverse.call(adata, sync="cdc15")
    assert_array_equal(adata.var["phasecall_n_observed"], calls.n_observed)


def test_answers_outlive_a_file(tmp_path: Path) -> None:
    adata = made()
    scverse.call(adata)
    adata.write_h5ad(tmp_path / "x.h5ad")
    again = anndata.read_h5ad(tmp_path / "x.h5ad")
    check(again.var, alpha()[1])
    assert scverse.plot_wheel(again).axes
    assert scverse.plot_profile(again, again.var_names[:2].tolist()).axes


@pytest.mark.parametrize(
    ("change", "how", "problem"),
    [
        (rename_times, {}, "does not say when its samples were measured"),
        (rename_times, {"time": "time"}, "no column 'time'\n  found: obs: when; var: "),
        (lambda a: a.obs.insert(0, "t", "late"), {"time": "t"}, "a time cannot be read"),
        (lambda a: None, {"unit": "fortnight"}, "no unit named 'fortnight'"),
        (lambda a: None, {"layer": "raw"}, "has no layer 'raw'"),
        (lambda a: setattr(a, "X", None), {}, "has no X"),
        (lambda a: None, {"sync": "alpha", "model": "reference", "period": 3.0}, "the model settles"),
    ],
)
def test_what_cannot_be_read_is_told(change: Any, how: dict[str, Any], problem: str) -> None:
    adata = made()
    change(adata)
    with pytest.raises(InputError) as told:
        scverse.call(adata, **how)
    assert problem in str(told.value)
    assert "phasecall" not in adata.uns


def test_single_cells_are_refused() -> None:
    n = MAX_TIMES + 1
    obs = pd.DataFrame({"time": np.linspace(0, 1, n)}, index=[f"c{number}" for number in range(n)])
    adata = anndata.AnnData(np.ones((n, 2)), obs=obs)
    with pytest.raises(InputError, match="single cells"):
        scverse.call(adata)


def test_what_is_no_anndata_in_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no AnnData"):
        scverse.call(alpha()[0])
    made().write_h5ad(tmp_path / "x.h5ad")
    backed = anndata.read_h5ad(tmp_path / "x.h5ad", backed="r")
    with pytest.raises(InputError, match="on the disk"):
        scverse.call(backed)
    backed.file.close()
    monkeypatch.setitem(sys.modules, "anndata", None)
    with pytest.raises(MissingExtraError, match=r"phasecall\[anndata\]"):
        scverse.call(None)


# Figures


def test_the_figures_are_those_of_the_calls() -> None:
    course, calls = alpha()
    adata = made()
    scverse.call(adata)
    dots = [np.asarray(one.get_offsets()) for one in scverse.plot_wheel(adata).axes[0].collections]
    drawn = np.sort(np.concatenate(dots)[:, 0])
    np.testing.assert_allclose(drawn, np.sort(2 * np.pi * calls.peak_turn[np.isfinite(calls.peak_turn)]))
    genes = ["YPR120C", "YAL040C"]
    for axes, gene in zip(scverse.plot_profile(adata, genes, theme="dark").axes, genes, strict=True):
        row = course.genes.index(gene)
        assert axes.get_title(loc="left") == f"{gene}: {calls.phase[row]}"
        assert_array_equal(axes.lines[-1].get_ydata(), course.values[row])
        peaks = [float(np.asarray(line.get_xdata())[0]) for line in axes.lines[:-2]]
        turns = (np.array(peaks) - calls.peak_time[row]) / calls.period
        np.testing.assert_allclose(turns, np.rint(turns), atol=1e-9)
        assert peaks[0] - calls.period < course.times[0] <= peaks[0]
        assert peaks[-1] <= course.times[-1] < peaks[-1] + calls.period
    assert len(scverse.plot_profile(adata, "YPR120C").axes) == 1


def test_the_figures_read_a_file_of_calls(tmp_path: Path) -> None:
    course, calls = alpha()
    phasecall.write(calls, tmp_path / "calls.h5ad", course=course)
    phasecall.write(calls, tmp_path / "alone.h5ad")
    adata, alone = (anndata.read_h5ad(tmp_path / name) for name in ("calls.h5ad", "alone.h5ad"))
    assert scverse.plot_profile(adata, ["YPR120C"]).axes
    assert scverse.plot_wheel(alone).axes
    with pytest.raises(InputError, match="no sample has a name and a time"):
        scverse.plot_profile(alone, ["YPR120C"])


def test_figures_of_rows_that_are_genes() -> None:
    adata = made().T.copy()
    scverse.call(adata)
    assert scverse.plot_profile(adata, "YPR120C").axes


def test_figures_say_what_is_missing() -> None:
    adata = made()
    profile = partial(scverse.plot_profile, genes="YPR120C")
    for draw in (scverse.plot_wheel, profile):
        with pytest.raises(InputError, match="has not called") as told:
            draw(adata)
        assert told.value.fix is not None
        assert "scverse.call" in told.value.fix
    scverse.call(adata)
    with pytest.raises(InputError, match="1 of the genes are not"):
        scverse.plot_profile(adata, ["YPR120C", "CLN2"])
    with pytest.raises(InputError, match="so many genes"):
        scverse.plot_profile(adata, adata.var_names.tolist())
    with pytest.raises(InputError, match="so many genes"):
        scverse.plot_profile(adata, [])
