"""In which layers days are chosen: as in the file's order, for all that is bound to each other."""

from random import Random

from scheduler.schedule.order import layers


def test_nodes_in_layers_keep_the_order_of_those_bound_to_each_other() -> None:
    for seed in range(200):
        chance, near = Random(seed), [set[int]() for _ in range(9)]
        for one in range(9):
            for other in range(one):
                if chance.random() < 0.2:
                    near[one].add(other)
                    near[other].add(one)
        order = chance.sample(range(9), 7)
        found = layers(order, near)
        assert sorted(index for layer in found for index in layer) == sorted(order)
        place = {index: number for number, layer in enumerate(found) for index in layer}
        for before, index in enumerate(order):
            for earlier in order[:before]:
                if earlier in near[index]:
                    assert place[earlier] < place[index], seed
        for layer in found[1:]:  # and none waits longer than it has to
            for index in layer:
                assert any(place[other] == place[index] - 1 for other in near[index] & set(order))
