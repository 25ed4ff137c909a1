"""The words that sample articles are made of: everyday Phan Thiết, about nobody in particular.

Knows only words; how they become sentences is the corpus's business.
"""

from __future__ import annotations

SITE_TITLE = "Phan Thiết – Báo mẫu"
TAGLINE = "Bài sinh tự động để đo tốc độ, không phải tin thật"
BASE_URL = "https://bao-mau.example"

CATEGORIES = {
    "bien-dao": "Biển – Nghề cá",
    "pho-phuong": "Phố phường",
    "kinh-te": "Kinh tế – Chợ búa",
    "van-hoa": "Văn hóa – Lễ hội",
    "du-lich": "Du lịch",
    "giao-duc": "Giáo dục",
    "suc-khoe": "Sức khỏe",
    "the-thao": "Thể thao",
}

AUTHORS = {
    "gio-nom": "Gió Nồm",
    "cat-hong": "Cát Hồng",
    "nang-som": "Nắng Sớm",
    "song-lang": "Sóng Lặng",
    "bui-phan": "Bụi Phấn",
    "den-khoi": "Đèn Khơi",
    "la-me": "Lá Me",
    "muoi-trang": "Muối Trắng",
    "thung-tron": "Thúng Tròn",
    "mua-rao": "Mưa Rào",
    "ben-que": "Bến Quê",
    "hoa-giay": "Hoa Giấy",
}

PLACES = (
    "bến Cồn Chà",
    "bờ kè sông Cà Ty",
    "chợ Phan Thiết",
    "bãi Đồi Dương",
    "xóm lưới Lạc Đạo",
    "đồi cát Mũi Né",
    "làng chài Hòn Rơm",
    "lò nước mắm Phú Hài",
    "chân tháp Po Sah Inư",
    "sân ga Phan Thiết",
    "vườn thanh long Hàm Thuận",
    "con hẻm ở Đức Nghĩa",
    "bãi thúng Thanh Hải",
    "công viên ven sông",
    "suối Tiên",
    "ngã bảy",
)

PEOPLE = (
    "những người đi biển",
    "các cô bán cá",
    "nhóm thợ vá lưới",
    "tổ dân phố",
    "lớp học buổi chiều",
    "mấy bác chạy thuyền thúng",
    "các hộ làm nước mắm",
    "câu lạc bộ bơi của phường",
    "người trồng thanh long",
    "đội nhặt rác cuối tuần",
    "các tiểu thương",
    "nhóm bạn mê ảnh phố",
    "trạm y tế",
    "hội người cao tuổi",
    "một đoàn khách phương xa",
    "những người đạp xe buổi sớm",
)

DEEDS = (
    "bàn nhau sửa lại",
    "cùng dọn dẹp",
    "vẽ bản đồ",
    "kể chuyện về",
    "mở một buổi trò chuyện quanh",
    "ghi lại từng chi tiết của",
    "chỉ cho người trẻ cách giữ",
    "góp công làm mới",
    "đếm và phân loại",
    "chụp một bộ ảnh về",
    "so sánh giá cả của",
    "viết bảng chỉ dẫn cho",
    "chia ca trông nom",
    "bày thử",
    "tập dượt cho",
    "tìm thêm chỗ cho",
)

THINGS = (
    "mẻ cá cơm đầu mùa",
    "mấy tấm lưới cũ",
    "kệ sách dùng chung",
    "hàng me trước cổng trường",
    "chuyến xe ra bãi biển",
    "buổi hát bả trạo",
    "con đường lát gạch ven sông",
    "gian hàng bánh căn",
    "những chiếc thúng chai vừa đan",
    "bảng giờ con nước",
    "vạt hoa giấy bên tường",
    "giải chạy trên cát",
    "phiên chợ không túi ni lông",
    "góc đọc dành cho trẻ nhỏ",
    "dãy lu ủ nước mắm",
    "lối đi cho xe lăn",
    "buổi đo huyết áp miễn phí",
    "trò chơi kéo co ngày hội",
    "đèn tín hiệu ở cửa biển",
    "bữa cơm chung cuối tháng",
)

TIMES = (
    "Sáng sớm",
    "Lúc nước ròng",
    "Gần trưa",
    "Khi chợ vãn",
    "Chiều xuống",
    "Tối thứ bảy",
    "Vào ngày rằm",
    "Sau cơn mưa đầu mùa",
    "Những hôm trở gió",
    "Đầu tháng",
    "Trong kỳ nghỉ",
    "Ngay khi ghe cập bến",
)

ENDINGS = (
    "và chuyện kéo dài tới lúc lên đèn",
    "để ai đi ngang cũng có thể ghé lại",
    "mà không cần một đồng kinh phí nào",
    "như đã hẹn từ tuần trước",
    "trong tiếng máy ghe nổ đều ngoài bến",
    "vì mùa này gió còn nhẹ",
    "rồi hẹn nhau tuần sau làm tiếp",
    "với giấy, bút và một bình trà đá",
    "nên con hẻm bỗng rộn ràng hơn mọi ngày",
    "dù nắng đã gắt từ rất sớm",
    "và kết quả được dán ngay đầu hẻm",
    "trước khi thủy triều lên",
)

COUNTED = (
    "{} lượt người ghé qua",
    "{} chiếc thúng được xếp ngay ngắn",
    "{} ký rác được phân loại",
    "{} cuốn sách đổi chủ",
    "{} suất bánh căn bán hết trước tám giờ",
    "{} bức ảnh được treo lên dây",
    "{} mét lưới được vá xong",
    "{} câu hỏi được ghi vào sổ",
)

SAYINGS = (
    "Biển cho gì thì mình nhận nấy, miễn đừng lấy quá tay",
    "Làm ít mà đều thì con hẻm nào cũng sạch được",
    "Nghe tiếng gió là biết hôm nay ghe có ra hay không",
    "Cá tươi không cần mời, chỉ cần bày đúng chỗ",
    "Tụi nhỏ chịu ngồi nghe là mình vui cả ngày",
    "Đường đẹp mấy mà thiếu bóng cây thì cũng khó đi",
    "Muối mặn nhờ nắng, người quen nhờ năng gặp",
)

HEADINGS = (
    "Từ một buổi sáng",
    "Cách làm",
    "Con số trong sổ tay",
    "Người trong cuộc nói",
    "Điều còn dang dở",
    "Đường đến đó",
    "Chuyện cũ kể lại",
    "Việc của tuần sau",
)

SUBJECTS = (
    "biển",
    "nghề cá",
    "chợ sớm",
    "nước mắm",
    "thanh long",
    "bánh căn",
    "thuyền thúng",
    "lễ hội",
    "trường học",
    "sức khỏe",
    "môi trường",
    "ảnh phố",
    "đường ven biển",
    "sách",
    "bơi lội",
)
ANGLES = ("", "mùa gió", "cuối tuần", "ở Mũi Né")

TAGS = tuple(f"{subject} {angle}".strip() for angle in ANGLES for subject in SUBJECTS)
