#!/bin/sh
# Installs the peers: the npm packages into benchmarks/node_modules, the Python ones into benchmarks/.venv.
set -eu
cd "$(dirname "$0")"
npm install --ignore-scripts --no-audit --no-fund
python3 -m venv .venv
.venv/bin/pip install --quiet -r requirements.txt
# The wheel alone (539 MB), and a stand-in for the CUDA libraries that it names and the CPU does not need.
.venv/bin/pip install --quiet --no-deps torch==2.15.0
if [ "$(uname -s)" = Linux ]; then .venv/bin/python without_cuda.py; fi
.venv/bin/python -c 'import jax, torch; print("JAX", jax.__version__, "and PyTorch", torch.__version__)'
