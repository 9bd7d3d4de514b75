# goldaxe's commands. Each sets up .venv first where needed; nothing is done twice.
#
#   make demo            three multipliers' RTL against their models, and two networks run on them
#   make test            the whole test suite
#   make sim [MUL=...]   RTL against models in simulation: every default multiplier, or those named; array and vector unit
#   make sim-full        the same with large arrays, and with every multiplier in the array
#   make cosim           whole networks on the Verilog array: two of them on four multipliers, 10 images each
#   make lint            style, types and RTL lint
#   make formal          proofs of wide multipliers against references, mutants of narrow ones, and control properties
#   make mutants         do the recordings that the array's Verilog is compared with find every fault of its gates?
#   make faults [FAULTS=...]  do the tests find single mistakes in the code? docs/faults.md
#   make coverage        which of its lines and bits they leave untouched
#   make sanitize        the C++ kernels' tests under sanitizers
#   make bench           speed of the simulation against torch's float32
#   make bench-networks  whole workloads against torch's float32
#   make bench-training  training steps against torch's float32
#   make bench-scaling   the same against rank, threads, batch and K, and peak memory
#   make bench-check     what it costs to look at the weights at every call
#   make clean           remove .venv and everything that was made here (the cache folder stays; see README)

PYTHON ?= python3
MUL ?=
DEMO := drum8us_k4 mitchell8us broken_array8us_h2_v5

PROVE := exact12 exact16 exact12s exact14s exact16us truncated_columns12_v7 truncated_columns16_v8 truncated_columns12us_v7 \
  truncated_columns16s_v8 truncated_columns16us_v20 truncated_operands12_t4 truncated_operands16_t8 truncated_operands12s_t4 \
  truncated_operands16s_t4 broken_array16_h4_v10 perforation16_j1_k8 udm12 udm16 drum12_k4 drum16_k6
MUTATE := exact8 drum8_k4 udm8 compressor_tree8_c4

BIN := .venv/bin
SETUP := .venv/.complete

.PHONY: demo test sim sim-full cosim lint formal mutants faults coverage sanitize bench bench-networks bench-training bench-scaling bench-check clean
.DELETE_ON_ERROR:

demo: $(SETUP)
	$(BIN)/goldaxe verify $(DEMO)
	$(BIN)/goldaxe evaluate mnist-dscnn --multiplier $(DEMO) --require-verified
	$(BIN)/goldaxe evaluate mnist-gru --multiplier $(DEMO) --require-verified

test: $(SETUP)
	$(BIN)/python -m pytest -n auto

ARRAY_TESTS := tests/accelerator/test_array_rtl.py tests/accelerator/test_compiled_array.py \
  tests/accelerator/test_vector_rtl.py tests/accelerator/test_compiled_vector.py \
  tests/accelerator/test_accelerator_top.py tests/accelerator/test_output_stationary.py \
  tests/accelerator/test_programs_on_verilog.py tests/goldaxe/test_cosim.py tests/goldaxe/test_divergence.py \
  tests/goldaxe/test_vector_divergence.py tests/goldaxe/test_export_command.py

sim: $(SETUP)
	$(BIN)/goldaxe verify $(or $(MUL),--all)
	$(BIN)/python -m pytest $(ARRAY_TESTS) -n auto

sim-full: sim
	$(BIN)/python -m pytest $(ARRAY_TESTS) -m full -n auto

COSIM := exact8 drum8_k4 mitchell8 broken_array8_h2_v5

cosim: $(SETUP)
	for network in mnist-dscnn mnist-gru; do for multiplier in $(or $(MUL),$(COSIM)); do \
	  $(BIN)/goldaxe cosim $$network --multiplier $$multiplier --images 10 --resume || exit 1; done; done

lint: $(SETUP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/rtl -n auto

formal: $(SETUP)
	$(BIN)/goldaxe prove $(PROVE)
	$(BIN)/goldaxe mutate $(MUTATE)
	$(BIN)/goldaxe properties
	$(BIN)/python -m pytest tests/goldaxe/test_properties.py -m full -n auto

mutants: $(SETUP)
	$(BIN)/python tests/accelerator/rtl_mutants.py

faults: $(SETUP)
	$(BIN)/python tests/faults/run.py $(if $(FAULTS),$(FAULTS),--markdown docs/faults.md)

coverage: $(SETUP)
	$(BIN)/python tests/accelerator/rtl_coverage.py

# The kernels under the address and undefined-behaviour sanitizers. Python itself is not built for leak detection.
sanitize: $(SETUP)
	LD_PRELOAD="$$(g++ -print-file-name=libasan.so) $$(g++ -print-file-name=libubsan.so)" ASAN_OPTIONS=detect_leaks=0 \
	  UBSAN_OPTIONS=halt_on_error=1 GOLDAXE_CXXFLAGS="-g -fsanitize=address,undefined -fno-sanitize-recover=undefined" \
	  $(BIN)/python -m pytest tests/pysim/test_cpu_kernels.py tests/pysim/test_accumulator.py tests/pysim/test_recurrent.py \
	  tests/pysim/test_kernel_properties.py tests/pysim/test_backward_kernels.py tests/pysim/test_quantization.py \
	  -k "not compiler and not damaged and not every_rank" -p no:cacheprovider

# The allocator is told to keep freed memory: fetching it anew from the system can cost more than a small layer, in float32 too.
KEEP_MEMORY := MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=4294967296 MALLOC_TOP_PAD_=268435456

bench: $(SETUP)
	$(KEEP_MEMORY) $(BIN)/python -m benchmarks.layers $(if $(JSON),--json $(JSON)) $(if $(OVERWRITE),--overwrite)

bench-networks: $(SETUP)
	$(KEEP_MEMORY) $(BIN)/python -m benchmarks.networks

bench-training: $(SETUP)
	$(KEEP_MEMORY) $(BIN)/python -m benchmarks.training

bench-scaling: $(SETUP)
	$(KEEP_MEMORY) $(BIN)/python -m benchmarks.scaling $(if $(JSON),--json $(JSON)) $(if $(OVERWRITE),--overwrite)

bench-check: $(SETUP)
	$(KEEP_MEMORY) $(BIN)/python -m benchmarks.weight_check

clean:
	rm -rf .venv *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(SETUP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "goldaxe needs Python 3.10 or newer as $(PYTHON); install it, or name another with: make PYTHON=python3.11"; exit 1; }
	@for tool in g++ make perl; do command -v $$tool > /dev/null || \
	  { echo "goldaxe needs $$tool, which is not installed; on Debian or Ubuntu: apt-get install $$tool"; exit 1; }; done
	@$(PYTHON) -c 'import ensurepip, venv' || \
	  { echo "$(PYTHON) cannot make virtual environments; on Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@
