"""Names of firms found within running text by how they end."""

from __future__ import annotations

import pytest

from greenfin.names.within import firms_in


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("loan to GREEN POWER CO., LTD. for a plant", "GREEN POWER CO., LTD"),
        ("turbines of Green Power Ltd for a plant", "Green Power Ltd"),
        ("a pump of Green Power Corp.", "Green Power Corp"),
        ("向绿源机械厂购买设备", "绿源机械厂"),
        ("江南造纸总厂节能改造", "江南造纸总厂"),
        ("支付江苏绿源（集团）有限公司工程款", "江苏绿源（集团）有限公司"),
    ],
)
def test_whatever_ends_like_a_firm(said: str, found: str) -> None:
    assert firms_in(said) == (found,)


@pytest.mark.parametrize("said", ["污水处理厂扩建", "新建水电厂一座", "a plant of 30 MW", "Unlimited use of AGRI land", "热电厂供热管网"])
def test_a_plant_is_no_firm(said: str) -> None:
    assert firms_in(said) == ()
