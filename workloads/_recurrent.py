"""A GRU and an LSTM that read a digit row by row, as a sequence of 28 vectors of 28 pixels."""

from __future__ import annotations

from torch import Tensor, nn


class RowGRU(nn.Module):
    """Images, float32 (N, 28, 28) in 0..1, to logits, float32 (N, 10), from the last hidden state of one GRU layer."""

    def __init__(self, hidden: int = 64) -> None:
        super().__init__()
        self.rows = nn.GRU(28, hidden, batch_first=True)
        self.classify = nn.Linear(hidden, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of each image."""
        states, _ = self.rows(x)
        return self.classify(states[:, -1])


class RowLSTM(nn.Module):
    """Images, float32 (N, 28, 28) in 0..1, to logits, float32 (N, 10), from the last hidden state of one LSTM layer."""

    def __init__(self, hidden: int = 64) -> None:
        super().__init__()
        self.rows = nn.LSTM(28, hidden, batch_first=True)
        self.classify = nn.Linear(hidden, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of each image."""
        states, _ = self.rows(x)
        return self.classify(states[:, -1])
