"""Settings of the whole suite: one torch thread, no deadline for examples, and `--forbid-skips` lets no skip pass."""

import hypothesis
import pytest
import torch

# An example that takes long on a busy machine is not wrong.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")

# As in the app; small encoders gain nothing from a second thread.
torch.set_num_threads(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--forbid-skips", action="store_true", help="a test that is skipped or expected to fail, fails the run"
    )


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("--forbid-skips") and reporter is not None:
        left_out = [report for kind in ("skipped", "xfailed") for report in reporter.stats.get(kind, [])]
        if left_out:
            reporter.write_line(f"\n{len(left_out)} left out; with --forbid-skips that is a failure.", red=True)
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
