"""What decides how a pass is rounded: the versions of the software, and the machine."""

import platform
from pathlib import Path

import numpy as np
import torch

_LINUX_PROCESSORS = Path("/proc/cpuinfo")


def versions() -> dict[str, str]:
    """Return what the last bits of a pass may depend on, by name; where all is equal, so are the bits."""
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "system": platform.system(),
        "machine": platform.machine(),
        "processor": _processor(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": str(torch.get_num_threads()),
    }


def _processor() -> str:
    if _LINUX_PROCESSORS.exists():
        for line in _LINUX_PROCESSORS.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
