class Model(nn.Module):
    def __init__(self, vocabulary, embedding, hidden):
        super().__init__()
        self.start = nn.Parameter(torch.zeros(1, hidden))  # the first state
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.cell = Cell(embedding, hidden)
        self.output = nn.Linear(hidden, vocabulary)

    def forward(self, tokens):  # [B, T]
        h, memory, states = self.start.expand(len(tokens), -1), None, []
        for x in self.embedding(tokens).unbind(1):
            h, memory = self.cell(x, h, memory)
            states.append(h)
        return self.output(torch.stack(states, dim=1))  # [B, T, vocabulary]

    def next(self, tokens):
        """The logits [B, vocabulary] of what follows `tokens` [B, T]."""
        return self(tokens)[:, -1]
