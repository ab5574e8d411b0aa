class BatchNorm(nn.Module):
    """Batch normalisation as the makemore lectures write it: a batch is divided by its *sample* deviation, where
    nn.BatchNorm1d takes the population's. On several processes the statistics are those of the whole batch.

    `places` along time may have statistics of their own; `deviation` keeps the mean of standard deviations instead of
    variances.
    """

    def __init__(self, width, eps=1e-5, momentum=0.1, places=1, deviation=False):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width))
        self.register_buffer("running_mean", torch.zeros(places * width))
        self.register_buffer("running_std" if deviation else "running_var", torch.ones(places * width))
        self.eps, self.momentum, self.places, self.deviation = eps, momentum, places, deviation

    def forward(self, x):  # [..., width], all axes but the last being the batch
        rows = x.flatten(-2) if self.places > 1 else x  # [B, places * width]
        if self.training:
            mean, var = self.statistics(rows.flatten(0, -2))
            self.follow(mean.detach(), var.detach())
        else:
            mean, var = self.running_mean, self.running_std**2 if self.deviation else self.running_var
        return ((rows - mean) / torch.sqrt(var + self.eps)).view_as(x) * self.weight + self.bias

    @staticmethod
    def statistics(rows):  # [N, width]
        if not (dist.is_initialized() and dist.get_world_size() > 1):
            return rows.mean(0), rows.var(0)
        count = torch.tensor(float(len(rows)), device=rows.device)
        dist.all_reduce(count)
        mean = all_reduce(rows.sum(0)) / count
        return mean, all_reduce(((rows - mean) ** 2).sum(0)) / (count - 1)

    @torch.no_grad()
    def follow(self, mean, var):
        spread, var = (self.running_std, var.sqrt()) if self.deviation else (self.running_var, var)
        for running, now in (self.running_mean, mean), (spread, var):
            running.lerp_(now, self.momentum)
