"""Names in capitals become names as registers write them."""

import pytest

from archive.offices import written


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("ỦY BAN NHÂN DÂN HUYỆN LAM KHÊ", "Ủy ban nhân dân huyện Lam Khê"),
        ("ỦY BAN NHÂN DÂN THỊ TRẤN TÂN PHỤNG", "Ủy ban nhân dân thị trấn Tân Phụng"),
        ("ỦY BAN NHÂN DÂN", "Ủy ban nhân dân"),
        ("SỞ KHOA HỌC VÀ CÔNG NGHỆ", "Sở Khoa học và Công nghệ"),
        ("PHÒNG TÀI CHÍNH - KẾ HOẠCH", "Phòng Tài chính - Kế hoạch"),
        ("SỞ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI", "Sở Lao động - Thương binh và Xã hội"),
        ("VĂN PHÒNG ỦY BAN NHÂN DÂN TỈNH SA LĨNH", "Văn phòng Ủy ban nhân dân tỉnh Sa Lĩnh"),
        ("ĐẢNG ỦY XÃ HÒA LĨNH", "Đảng ủy xã Hòa Lĩnh"),
        ("BỘ TƯ PHÁP", "Bộ Tư pháp"),
        ("HỘI ĐỒNG NHÂN DÂN THÀNH PHỐ BÌNH SƠN", "Hội đồng nhân dân thành phố Bình Sơn"),
        ("Ủy ban nhân dân xã A", "Ủy ban nhân dân xã A"),
        ("", ""),
        ("-", "-"),
    ],
)
def test_written(printed, shown):
    assert written(printed) == shown
