"""An elaborated module, with all that it instantiates, turned into gates: what drives each bit is evaluated when it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._expressions import Expressions, Word, resized
from ._functions import called
from ._gates import ONE, ZERO, Gates
from ._refusal import Refusal
from ._selections import bits_of, bounds_of, element, key_of, name_in
from ._statements import UNASSIGNED, Bit, Process

_SILENT = {
    "Subroutine",
    "Port",
    "Parameter",
    "Genvar",
    "EmptyMember",
    "TransparentMember",
    "StatementBlock",
    "ElabSystemTask",
    "TypeAlias",
}
_WIRES = {"wire": None, "tri": None, "uwire": None, "supply0": ZERO, "supply1": ONE}
_WIDEST = 1 << 16


class _Driver:
    """Drives `targets` with what `evaluate` gives, once."""

    def __init__(self, targets: list[Bit], evaluate: Callable[[], Word], node: Any) -> None:
        self.targets, self.evaluate, self.node = targets, evaluate, node
        self.running = False


class Circuit:
    """The bits of a design and their drivers."""

    def __init__(self, gates: Gates) -> None:
        self.gates = gates
        self.values: dict[Bit, int] = {}
        self.drivers: dict[Bit, _Driver] = {}
        self.depth = 0
        self.expressions = Expressions(gates, self.read, self.call)
        self._nowhere = Expressions(gates, _refuse_to_read, self.call)

    def call(self, node: Any, expressions: Expressions) -> Word:
        """The word of a function's call."""
        return called(self, node, expressions)

    def set(self, symbol: Any, word: Word) -> None:
        """Give a port its signals."""
        self.values.update({(key_of(symbol), bit): signal for bit, signal in enumerate(word)})

    def read(self, symbol: Any, bits: range, node: Any) -> Word:
        """Signals of some bits of a net or variable."""
        if symbol.kind.name not in ("Net", "Variable"):
            raise Refusal(f"a value of the kind {symbol.kind.name}", node)
        path = key_of(symbol)
        word = []
        for bit in bits:
            signal = self.values.get((path, bit))
            if signal is None:
                self._drive(path, bit, symbol, node)
                signal = self.values[path, bit]
            if signal == UNASSIGNED:
                raise Refusal(f"bit {bit} of {symbol.name}, which not every path assigns (a latch)", symbol)
            word.append(signal)
        return word

    def _drive(self, path: str, bit: int, symbol: Any, node: Any) -> None:
        driver = self.drivers.get((path, bit))
        if driver is None:
            raise Refusal(f"bit {bit} of {symbol.name}, which nothing drives", node)
        self._run(path, driver)

    def drive_all(self) -> None:
        """Evaluate what nothing has read as well, so that no loop or unknown construct stays unseen."""
        for (path, bit), driver in list(self.drivers.items()):
            if (path, bit) not in self.values:
                self._run(path, driver)

    def _run(self, path: str, driver: _Driver) -> None:
        if driver.running:
            raise Refusal(f"a combinational loop through {name_in(path)}", driver.node)
        driver.running = True
        word = driver.evaluate()
        driver.running = False
        self.values.update(zip(driver.targets, word, strict=True))

    def driven(self, targets: list[Bit], evaluate: Callable[[], Word], node: Any) -> None:
        """Enter a driver; every bit has one."""
        driver = _Driver(targets, evaluate, node)
        for target in targets:
            if target in self.drivers or target in self.values:
                raise Refusal(f"a second driver of bit {target[1]} of {name_in(target[0])}", node)
            self.drivers[target] = driver

    def targets(self, node: Any, expressions: Expressions | None = None) -> list[Bit]:
        """The bits that an expression on the left of an assignment stands for, lowest first."""
        expressions = expressions or self.expressions
        kind = node.kind.name
        if kind == "Concatenation":
            return [bit for operand in reversed(list(node.operands)) for bit in self.targets(operand, expressions)]
        if kind in ("NamedValue", "HierarchicalValue") and node.symbol.kind.name in ("Net", "Variable"):
            return _all_bits(node.symbol)
        if kind == "ElementSelect":
            index, width = expressions.constant(node.selector, "an assignment to a bit"), bits_of(node.type)
            low = element(bounds_of(node.value), index, node) * width
        elif kind == "RangeSelect":
            low, width = expressions.part(node)
        else:
            raise Refusal(f"an assignment to something of the kind {kind}", node)
        return self.targets(node.value, expressions)[low : low + width]

    def add(self, scope: Any) -> None:
        """Enter the drivers of everything in a module, generate block or array of instances."""
        for member in scope:
            kind = member.kind.name
            if kind in _SILENT:
                continue
            method = getattr(self, f"_{kind}", None)
            if method is None:
                raise Refusal(f"a member of the kind {kind}", member)
            method(member)

    def _Net(self, net: Any) -> None:  # noqa: N802, the kinds' own names
        _refuse_wide(net)
        if net.netType.name not in _WIRES:
            raise Refusal(f"a net of type {net.netType.name}", net)
        supply = _WIRES[net.netType.name]
        if supply is not None:
            self.set(net, [supply] * bits_of(net.type))
        elif net.initializer is not None:
            self._assign_net(net)

    def _assign_net(self, net: Any) -> None:
        self.driven(_all_bits(net), lambda: self.expressions.word(net.initializer), net)

    def _Variable(self, variable: Any) -> None:  # noqa: N802
        _refuse_wide(variable)
        if variable.initializer is not None:
            raise Refusal("a variable with an initial value", variable)

    def _ContinuousAssign(self, member: Any) -> None:  # noqa: N802
        assignment = member.assignment
        if assignment.kind.name != "Assignment":
            raise Refusal(f"an assignment of the kind {assignment.kind.name}", member)
        self.driven(self.targets(assignment.left), lambda: self.expressions.word(assignment.right), member)

    def _GenerateBlock(self, block: Any) -> None:  # noqa: N802
        if not block.isUninstantiated:
            self.add(block)

    def _GenerateBlockArray(self, array: Any) -> None:  # noqa: N802
        for block in array.entries:
            self._GenerateBlock(block)

    def _InstanceArray(self, array: Any) -> None:  # noqa: N802
        self.add(array.elements)

    def _Instance(self, instance: Any) -> None:  # noqa: N802
        for connection in instance.portConnections:
            port, outside = connection.port, connection.expression
            if port.kind.name != "Port" or port.internalSymbol is None:
                raise Refusal(f"a port of the kind {port.kind.name}", port)
            if outside is not None:
                self._connect(port, outside, instance)
        self.add(instance.body)

    def _connect(self, port: Any, outside: Any, instance: Any) -> None:
        inside = port.internalSymbol
        _refuse_wide(inside)
        direction = port.direction.name
        if direction == "In":
            self.driven(_all_bits(inside), lambda: self.expressions.word(outside), instance)
        elif direction == "Out":
            targets = self.targets(_left(outside))
            signed, width = port.type.isSigned, bits_of(port.type)
            self.driven(targets, lambda: resized(self.read(inside, range(width), instance), len(targets), signed), instance)
        else:
            raise Refusal(f"a port of direction {direction.lower()}", port)

    def _PrimitiveInstance(self, gate: Any) -> None:  # noqa: N802
        name = gate.primitiveType.name
        connections = list(gate.portConnections)
        simple = name in ("buf", "not")
        of = {"and": self.gates.all, "or": self.gates.any, "xor": self.gates.parity, "buf": self.gates.any}
        of |= {"nand": self.gates.all, "nor": self.gates.any, "xnor": self.gates.parity, "not": self.gates.any}
        if name not in of:
            raise Refusal(f"a primitive {name}", gate)
        outputs, inputs = (connections[:-1], connections[-1:]) if simple else (connections[:1], connections[1:])
        inverted = name in ("not", "nand", "nor", "xnor")

        def evaluate() -> Word:
            bit = of[name]([self.expressions.word(connection)[0] for connection in inputs])
            return [self.gates.not_(bit) if inverted else bit]

        for output in outputs:
            targets = self.targets(_left(output))
            if len(targets) != 1:
                raise Refusal(f"a primitive {name} whose output has {len(targets)} bits", gate)
            self.driven(targets, evaluate, gate)

    def _ProceduralBlock(self, block: Any) -> None:  # noqa: N802
        kind, body = block.procedureKind.name, block.body
        if kind not in ("Always", "AlwaysComb"):
            raise Refusal(f"a block of the kind {kind}", block)
        if kind == "Always":
            if body.kind.name != "Timed":
                raise Refusal("an always block without @*", block)
            _refuse_edges(body.timing, block)
            body = body.stmt
        bits = self._assigned(body)

        def evaluate() -> Word:
            process = Process(self)
            process.run(body)
            return [process.values.get(bit, UNASSIGNED) for bit in bits]

        self.driven(bits, evaluate, block)

    def _assigned(self, body: Any) -> list[Bit]:
        """All bits that a block may assign: those named by constants, or the whole where an index is computed."""
        found: dict[Bit, None] = {}

        def look(node: Any) -> None:
            if getattr(getattr(node, "kind", None), "name", "") == "Assignment":
                try:
                    found.update(dict.fromkeys(self.targets(node.left, self._nowhere)))
                except Refusal:
                    found.update(dict.fromkeys(self.targets(_root(node.left))))

        body.visit(look)
        return list(found)


def _refuse_to_read(symbol: Any, bits: range, node: Any) -> Word:
    raise Refusal(f"{symbol.name}, which is not constant", node)


def _all_bits(symbol: Any) -> list[Bit]:
    key = key_of(symbol)
    return [(key, bit) for bit in range(bits_of(symbol.type))]


def _refuse_wide(symbol: Any) -> None:
    width = bits_of(symbol.type)
    if not width:
        raise Refusal(f"{symbol.name}, which is no vector of bits", symbol)
    if width > _WIDEST:
        raise Refusal(f"{symbol.name}, a signal of {width:,} bits", symbol)


def _root(node: Any) -> Any:
    while node.kind.name in ("ElementSelect", "RangeSelect"):
        node = node.value
    return node


def _left(outside: Any) -> Any:
    return outside.left if outside.kind.name == "Assignment" else outside


def _refuse_edges(timing: Any, block: Any) -> None:
    kind = timing.kind.name
    events = list(timing.events) if kind == "EventList" else [timing]
    for event in events:
        name = event.kind.name
        if name == "SignalEvent" and event.edge.name != "None_":
            raise Refusal(f"a clocked block (on {event.edge.name})", block)
        if name not in ("SignalEvent", "ImplicitEvent"):
            raise Refusal(f"a block with {name}", block)
