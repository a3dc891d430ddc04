"""Lets PyTorch's Linux wheel load without its gigabytes of CUDA packages: every CUDA call says "no device".

The wheel's CPU kernels need none of them, but its libraries name them. One small library, built with the
system's cc and linked under each of their names, stands in. Run once after `pip install --no-deps torch`.
"""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

NAME = re.compile(r"lib(cu|nv|nccl)\w*\.so\.\d+$")
SYMBOL = re.compile(r"(cu|nv|nccl|__cuda)[A-Za-z]\w*$")


def listed(*command: str) -> list[str]:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def main() -> None:
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        sys.exit("without_cuda: torch is not installed; pip install --no-deps torch")
    folder = Path(spec.origin).parent / "lib"
    names: set[str] = set()
    symbols: dict[str, str] = {}  # and the version that each is asked for in
    for library in folder.glob("lib*.so"):
        if library.is_symlink():
            continue
        for line in listed("readelf", "-d", str(library)):
            found = re.search(r"\(NEEDED\).*\[(.+)\]", line)
            if found and NAME.match(found[1]):
                names.add(found[1])
        for line in listed("nm", "-D", "--undefined-only", str(library)):
            symbol, _, version = line.split()[-1].partition("@")
            if SYMBOL.match(symbol):
                symbols[symbol] = version or symbols.get(symbol, "")
    # 100 is cudaErrorNoDevice, and no other library's success either.
    body = "".join(f"long {symbol}(void) {{ return 100; }}\n" for symbol in sorted(symbols))
    stub = folder / "libwithout_cuda.so"
    source = folder / "without_cuda.c"
    source.write_text(body)
    script = folder / "without_cuda.map"
    script.write_text(
        "".join(
            f"{version} {{ {' '.join(f'{name};' for name in symbols if symbols[name] == version)} }};\n"
            for version in sorted(set(symbols.values()) - {""})
        )
    )
    options = ["-shared", "-fPIC", "-fno-builtin", "-w", f"-Wl,--version-script={script}"]
    subprocess.run(["cc", *options, "-o", str(stub), str(source)], check=True)
    source.unlink()
    script.unlink()
    for name in names:
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(stub.name)
    print(f"without_cuda: {len(symbols)} functions behind {len(names)} names")


main()
