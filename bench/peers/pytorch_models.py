"""The models of bench/trainer_case in PyTorch, with the weights of Gradwire."""

import torch
from torch import nn


class Residual(nn.Module):
    def __init__(self, channels, wide):
        super().__init__()
        self.inside = nn.Sequential(
            nn.Conv2d(channels, wide, 3, padding=1),
            nn.LeakyReLU(0.01),
            nn.Conv2d(wide, channels, 3, padding=1),
        )

    def forward(self, x):
        return x + self.inside(x)


class Flatten(nn.Module):
    """As nn.Flatten; in the order of Gradwire, pixels of channels, if `channels_last`."""

    def __init__(self, channels_last):
        super().__init__()
        self.channels_last = channels_last

    def forward(self, x):
        return (x.permute(0, 2, 3, 1) if self.channels_last else x).flatten(1)


class Captioner(nn.Module):
    """The next word after 34 words of a caption of a picture, of which 4096 features are known."""

    FEATURES = 4096
    WORDS = 34

    def __init__(self, vocabulary):
        super().__init__()
        self.image = nn.Linear(self.FEATURES, 256)
        self.embedding = nn.Embedding(vocabulary, 256, padding_idx=0)
        self.lstm = nn.LSTM(256, 256, batch_first=True)
        self.hidden = nn.Linear(256, 256)
        self.output = nn.Linear(256, vocabulary)

    def forward(self, x):
        image, words = x
        _, (state, _) = self.lstm(self.embedding(words))
        merged = torch.relu(self.image(image)) + state[0]
        return self.output(torch.relu(self.hidden(merged)))


def mlp(*widths):
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def residual_net(channels_last):
    return nn.Sequential(
        nn.Conv2d(3, 20, 3, padding=1),
        nn.LeakyReLU(0.01),
        nn.MaxPool2d(2),
        Residual(20, 40),
        nn.LeakyReLU(0.01),
        Residual(20, 40),
        nn.LeakyReLU(0.01),
        Flatten(channels_last),
        nn.Linear(5120, 100),
        nn.LeakyReLU(0.01),
        nn.Linear(100, 10),
    )


def vgg16(channels_last, classes=1000):
    layers = []
    channels = 3
    for blocks, width in [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]:
        for _ in range(blocks):
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
            channels = width
        layers.append(nn.MaxPool2d(2))
    layers.append(Flatten(channels_last))
    layers += [nn.Linear(512 * 7 * 7, 4096), nn.ReLU(), nn.Linear(4096, 4096), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(4096, classes))


def make(case, channels_last=False):
    """The model of a case: "conv" of "conv-32"."""
    return {
        "mlp": lambda: mlp(784, 512, 256, 10),
        "big-mlp": lambda: mlp(784, 784, 784, 784, 10),
        "conv": lambda: residual_net(channels_last),
        "captioner": lambda: Captioner(8000),
        "vgg16-forward": lambda: vgg16(channels_last),
    }[case]()


def random_batch(case, rows, generator):
    """Inputs and labels."""
    if case == "captioner":
        words = torch.randint(1, 8000, (rows, Captioner.WORDS), generator=generator)
        inputs = (torch.rand(rows, Captioner.FEATURES, generator=generator), words)
        return inputs, torch.randint(0, 8000, (rows,), generator=generator)
    shape = {"conv": (3, 32, 32), "vgg16-forward": (3, 224, 224)}.get(case, (784,))
    inputs = torch.rand(rows, *shape, generator=generator)
    return inputs, torch.randint(0, 10, (rows,), generator=generator)


def in_our_order(model):
    """The modules with parameters, in the order in which Gradwire keeps them."""
    if isinstance(model, Captioner):
        return [model.image, model.embedding, model.lstm, model.hidden, model.output]
    kinds = (nn.Linear, nn.Conv2d)
    return [module for module in model.modules() if isinstance(module, kinds)]


def flat(module, gradient):
    """The parameters of a module, or their gradients, as Gradwire lays them out."""
    value = lambda parameter: parameter.grad if gradient else parameter.data
    if isinstance(module, nn.Embedding):
        return [value(module.weight).reshape(-1)]
    if isinstance(module, nn.LSTM):
        both = value(module.bias_ih_l0) if gradient else module.bias_ih_l0 + module.bias_hh_l0
        return [
            value(module.weight_ih_l0).t().reshape(-1),
            value(module.weight_hh_l0).t().reshape(-1),
            both.detach().reshape(-1),
        ]
    weight = value(module.weight)
    order = (2, 3, 1, 0) if weight.dim() == 4 else (1, 0)
    return [weight.permute(*order).reshape(-1), value(module.bias)]


def take_ours(module, values):
    """Sets the parameters of a module from the front of `values`; returns the rest."""

    def take(*shape):
        nonlocal values
        count = torch.Size(shape).numel()
        taken, values = values[:count].reshape(shape), values[count:]
        return taken

    with torch.no_grad():
        if isinstance(module, nn.Embedding):
            module.weight.copy_(take(*module.weight.shape))
        elif isinstance(module, nn.LSTM):
            module.weight_ih_l0.copy_(take(*module.weight_ih_l0.t().shape).t())
            module.weight_hh_l0.copy_(take(*module.weight_hh_l0.t().shape).t())
            module.bias_ih_l0.copy_(take(*module.bias_ih_l0.shape))
            module.bias_hh_l0.zero_()
        elif module.weight.dim() == 4:
            outputs, inputs, height, width = module.weight.shape
            module.weight.copy_(take(height, width, inputs, outputs).permute(3, 2, 0, 1))
            module.bias.copy_(take(*module.bias.shape))
        else:
            module.weight.copy_(take(*module.weight.t().shape).t())
            module.bias.copy_(take(*module.bias.shape))
    return values
